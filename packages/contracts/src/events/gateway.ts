import { z } from 'zod';
import { eventsOf } from '../define.js';
import { signal } from '../signal.js';
import { hexDigest, instant, signalId, strategyId, userId } from '../vocabulary.js';

const strategy = { strategyId, ownerId: userId };

/** What the gateway records: strategies, and every alert that was taken or refused. */
export const gatewayEvents = eventsOf('gateway')({
  StrategyCreated: { subject: 'strategy.created', v: 1, data: z.strictObject({ ...strategy, name: z.string().min(1).max(80) }) },
  StrategyTokenRotated: { subject: 'strategy.token_rotated', v: 1, data: z.strictObject(strategy) },
  StrategyDeleted: { subject: 'strategy.deleted', v: 1, data: z.strictObject(strategy) },
  SignalReceived: {
    subject: 'signal.received',
    v: 1,
    partitionBy: 'strategyId',
    data: z.strictObject({
      signalId,
      ...strategy,
      sequence: z.int().positive().describe("place in the strategy's order of signals, from 1"),
      receivedAt: instant,
      idempotencyKey: hexDigest.describe('SHA-256 of what makes two alerts the same'),
      signal,
    }),
  },
  AlertRefused: {
    subject: 'alert.refused',
    v: 1,
    data: z.strictObject({ ...strategy, code: z.string().max(80), receivedAt: instant, bodyDigest: hexDigest }),
  },
});
