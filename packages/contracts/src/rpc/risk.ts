import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { limitChanges, limits } from '../risk-limits.js';
import { commandContext, haltScope, haltTarget, instant, reason, strategyId, userId } from '../vocabulary.js';

/** A halt in force. */
export const tradingHalt = z.strictObject({
  scope: haltScope,
  strategyId: strategyId.optional().describe('of scope "strategy"'),
  reason,
  haltedAt: instant,
});
export type TradingHalt = z.infer<typeof tradingHalt>;

/** Limits that somebody else has set: operators, or the owner of a strategy. */
export const othersLimits = z.strictObject({
  scope: z.enum(['strategy', 'platform']),
  strategyId: strategyId.optional().describe('of scope "strategy"'),
  limits,
  setAt: instant,
});

/** What limits a user's openings now: their own limits, and all others and every halt that concern them. */
export const riskLimits = z.strictObject({ limits, others: z.array(othersLimits), halts: z.array(tradingHalt) });
export type RiskLimits = z.infer<typeof riskLimits>;

/** What users, owners of strategies and operators ask about openings. */
export const riskRpcs = {
  'cmd.trade-executor.halt-trading': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: z.strictObject({ target: haltTarget, reason, context: commandContext }),
    reply: z.strictObject({ changed: z.boolean().describe('false: it was halted already'), halt: tradingHalt }),
  },
  'cmd.trade-executor.resume-trading': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: z.strictObject({ target: haltTarget, reason, context: commandContext }),
    reply: z.strictObject({ changed: z.boolean().describe('false: it was not halted') }),
  },
  'cmd.trade-executor.set-risk-limits': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: z.strictObject({
      userId: userId.describe('who asks'),
      target: haltTarget,
      changes: limitChanges,
      context: commandContext,
    }),
    reply: riskLimits,
  },
  'qry.trade-executor.risk-limits': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ userId }),
    reply: riskLimits,
  },
} as const satisfies Readonly<Record<string, RpcDefinition>>;
