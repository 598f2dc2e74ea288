import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { signal, signalAction } from '../signal.js';
import {
  account,
  commandContext,
  credentialId,
  decimalString,
  environment,
  leverage,
  tradingEnvironment,
  exchange,
  followSettings,
  instant,
  limitedAddress,
  marketType,
  side,
  signalId,
  strategyId,
  tradeId,
  userId,
  verificationId,
  waitingRequests,
} from '../vocabulary.js';
import { verificationVerdict } from './key-vault.js';
import { feeTaken, performanceQuery } from './performance.js';
import { riskRpcs } from './risk.js';
import { deadLettersQuery, healthQuery, page, replayCommand } from './shared.js';

/** How one user follows one strategy. */
export const following = followSettings.extend({ updatedAt: instant });
export type Following = z.infer<typeof following>;

export const tradeStatus = z.enum([
  'requested',
  'denied',
  'expired',
  'submitted',
  'unknown',
  'accepted',
  'partially_filled',
  'filled',
  'rejected',
  'canceled',
  'unverifiable',
]);
export type TradeStatus = z.infer<typeof tradeStatus>;

const tradeOrder = z.strictObject({
  leg: z.string(),
  clientOrderId: z.string(),
  attempts: z.int().nonnegative(),
  status: tradeStatus,
  orderId: z.string().optional(),
  amount: decimalString.optional(),
  quoteAmount: decimalString.optional(),
  filled: decimalString,
  averagePrice: decimalString.optional(),
});

/** DESIGN 11's `trade`. */
export const tradeView = z.strictObject({
  id: tradeId,
  signalId,
  strategyId,
  exchange,
  environment: tradingEnvironment,
  marketType,
  symbol: z.string(),
  action: signalAction,
  side: side.nullable().describe("the order's; null while an exit has not found out what there is to close"),
  status: tradeStatus,
  clientOrderId: z.string().describe("the first leg's"),
  orders: z.array(tradeOrder),
  amount: decimalString.nullable().describe('base units; null until known'),
  filled: decimalString,
  averagePrice: decimalString.optional(),
  realised: decimalString
    .optional()
    .describe('quote units that it made by what it closed, less its fees; absent while nothing was executed'),
  fees: z.array(feeTaken).describe('what the venue took and told'),
  reason: z.string().optional(),
  message: z.string().optional(),
  timings: z.strictObject({
    receivedAt: instant,
    requestedAt: instant,
    submittedAt: instant.optional(),
    settledAt: instant.optional(),
  }),
});
export type TradeView = z.infer<typeof tradeView>;

/** One event of a trade, as its owner sees it. */
export const timelineEntry = z.strictObject({ type: z.string(), at: instant, data: z.record(z.string(), z.unknown()) });
export type TimelineEntry = z.infer<typeof timelineEntry>;

/** What a following owns by its own fills; below zero: sold. */
export const position = z.strictObject({
  strategyId,
  exchange,
  environment: tradingEnvironment,
  marketType,
  symbol: z.string(),
  quantity: decimalString,
  changedAt: instant,
});
export type Position = z.infer<typeof position>;

/** Where an account holds something else than our record says. Nothing is traded for it: its owner decides. */
export const positionDrift = z.strictObject({
  exchange,
  environment,
  marketType,
  instrument: z.string().describe('the symbol of a contract; on spot an asset'),
  expected: decimalString,
  found: decimalString,
  detectedAt: instant,
});
export type PositionDrift = z.infer<typeof positionDrift>;

/** A trade that is open for longer than its state explains. */
const stuckTrade = z.strictObject({
  tradeId,
  userId,
  exchange,
  environment: tradingEnvironment,
  marketType,
  symbol: z.string(),
  status: tradeStatus,
  since: instant,
  partition: z.int().nonnegative(),
  message: z.string().max(500),
});
export type StuckTrade = z.infer<typeof stuckTrade>;

/** How a venue's market stands with the process that answers. */
const venueStanding = z.strictObject({
  exchange,
  environment,
  marketType,
  clockOffsetMs: z.int().nullable().describe('null: its clock is unknown, or too far from ours to trade by'),
  markets: z.enum(['loaded', 'loading']),
  pausedUntil: instant.nullable().describe('until when the venue wants no requests from us'),
});
export type VenueStanding = z.infer<typeof venueStanding>;

/** What waits for a venue's limits with the process that answers: only where something has waited for more than 5 s, or a venue wants quiet from the address. */
const limiterStanding = z.strictObject({
  ...limitedAddress.shape,
  waiting: waitingRequests,
  oldestSince: instant.nullable().describe('since when the oldest waits, where that is more than 5 s'),
  blockedUntil: instant.nullable().describe('until when the venue wants no requests from this address'),
});
export type LimiterStanding = z.infer<typeof limiterStanding>;

/** How the work of all executors stands, as one of them reads it from their database; venues and limits are its own view. */
const workStanding = z.strictObject({
  executors: z.array(z.strictObject({ name: z.string().max(120), partitions: z.int().nonnegative() })),
  partitions: z.strictObject({ count: z.int().positive(), unowned: z.array(z.int().nonnegative()) }),
  openTrades: z.int().nonnegative(),
  stuck: z.strictObject({ count: z.int().nonnegative(), trades: z.array(stuckTrade).max(20).describe('the oldest') }),
  drifts: z.strictObject({
    count: z.int().nonnegative(),
    oldest: z.array(positionDrift.extend({ userId })).max(20),
  }),
  venues: z.array(venueStanding),
  limits: z.array(limiterStanding),
});
export type WorkStanding = z.infer<typeof workStanding>;

/** What one action of an alert would be for a following, if it came now. */
export const previewedTrade = z.strictObject({
  action: signalAction,
  symbol: z.string(),
  exchange,
  environment: tradingEnvironment,
  marketType,
  outcome: z
    .enum(['order', 'denied', 'waits'])
    .describe('`waits`: nothing can be said now, and a trade would wait for it as long as its alert is fresh'),
  side: side.optional(),
  amount: decimalString.optional().describe('base units'),
  quoteAmount: decimalString.optional().describe('quote units, where the venue takes them as they are'),
  price: decimalString.optional().describe("the exchange's public price of now"),
  value: decimalString.optional().describe('quote units, at that price and without fees'),
  leverage: leverage.optional(),
  closes: z.literal(true).optional().describe('it closes what the following owns, and passes halts and limits'),
  notBefore: instant.optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
export type PreviewedTrade = z.infer<typeof previewedTrade>;

/** What a user has on paper at one exchange: money of no worth, in accounts of our own. */
export const paperAccount = z.strictObject({
  markets: z.array(
    z.strictObject({
      marketType,
      balances: z.record(z.string(), decimalString).describe('by asset'),
      positions: z.array(
        z.strictObject({
          symbol: z.string(),
          quantity: decimalString.describe('base units; below zero: short'),
          entryPrice: decimalString,
        }),
      ),
    }),
  ),
});
export type PaperAccountView = z.infer<typeof paperAccount>;
/** What a paper account is to have of each asset that is named. */
export const paperBalances = z.record(z.string().regex(/^[A-Z0-9]{2,12}$/), decimalString);

export const tradeExecutorRpcs = {
  'cmd.trade-executor.replay': replayCommand(['audit', 'key-vault']),
  'qry.trade-executor.health': healthQuery(['gateway', 'key-vault']),
  'qry.trade-executor.dead-letters': deadLettersQuery,
  'qry.trade-executor.work': {
    callers: ['operator'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({}),
    reply: workStanding,
  },
  'cmd.trade-executor.set-following': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: followSettings.extend({ context: commandContext }),
    reply: z.strictObject({ following }),
  },
  'cmd.trade-executor.remove-following': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: z.strictObject({ strategyId, userId, context: commandContext }),
    reply: z.strictObject({ removed: z.boolean() }),
  },
  'qry.trade-executor.preview': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 8_000,
    request: z.strictObject({ userId, strategyId, signal }),
    reply: z.strictObject({ following: following.nullable(), trades: z.array(previewedTrade) }),
  },
  'qry.trade-executor.paper-account': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ userId, exchange }),
    reply: paperAccount,
  },
  'cmd.trade-executor.set-paper-balances': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: z.strictObject({ userId, exchange, marketType, balances: paperBalances, context: commandContext }),
    reply: paperAccount,
  },
  ...riskRpcs,
  'cmd.trade-executor.verify-credential': {
    callers: ['gateway', 'key-vault'],
    signed: true,
    deadlineMs: 20_000,
    request: z.strictObject({ verificationId, credentialId, ...account.shape, context: commandContext }),
    reply: verificationVerdict,
  },
  'qry.trade-executor.egress-addresses': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 1_000,
    request: z.strictObject({}),
    reply: z.strictObject({ addresses: z.array(z.string()).describe('of all executors that live') }),
  },
  'qry.trade-executor.following': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ strategyId, userId }),
    reply: z.strictObject({ following: following.nullable(), followers: z.int().nonnegative() }),
  },
  'qry.trade-executor.trades': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ userId, ...page }),
    reply: z.strictObject({ trades: z.array(tradeView), nextCursor: z.string().nullable() }),
  },
  'qry.trade-executor.trade': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ userId, tradeId }),
    reply: z.strictObject({ trade: tradeView.nullable(), timeline: z.array(timelineEntry), traceId: z.string().nullable() }),
  },
  'qry.trade-executor.positions': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ userId }),
    reply: z.strictObject({ positions: z.array(position), drifts: z.array(positionDrift) }),
  },
  'qry.trade-executor.performance': performanceQuery,
  'qry.trade-executor.signal-trades': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ userId: userId.describe('whose trades are listed'), signalId }),
    reply: z.strictObject({
      fanOut: z.enum(['pending', 'done']),
      trades: z.array(tradeView),
      counts: z.record(z.string(), z.int()).describe('all followers, by status: for the owner of the strategy'),
      total: z.int().nonnegative(),
    }),
  },
} as const satisfies Readonly<Record<string, RpcDefinition>>;
