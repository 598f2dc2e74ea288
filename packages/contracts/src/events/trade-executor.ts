import { z } from 'zod';
import { eventsOf } from '../define.js';
import { limitChanges } from '../risk-limits.js';
import { heldSide, quantityUnit, signalAction } from '../signal.js';
import { parked } from './parked.js';
import {
  account,
  tradingAccount,
  decimalString,
  environment,
  exchange,
  followSettings,
  haltNotice,
  haltScope,
  hexDigest,
  instant,
  leverage,
  limitedAddress,
  marketType,
  side,
  signalId,
  sizing,
  strategyId,
  symbolList,
  tradeId,
  userId,
  waitingRequests,
} from '../vocabulary.js';

// Every trade event names its user, so that audit and feeds find a person's trail without joining.
const trade = { tradeId, userId };
const attempt = { ...trade, leg: z.string(), attempt: z.int().positive() };
const refusal = {
  reason: z.string().max(80).describe('stable code'),
  message: z.string().max(500).describe('what happened and what to do'),
};

const drift = z.strictObject({
  ...account.shape,
  marketType,
  instrument: z
    .string()
    .regex(/^[A-Z0-9]{1,30}$/)
    .describe('the symbol of a contract; on spot an asset'),
  expected: decimalString.describe("what the account's followings own together; below zero: sold"),
  found: decimalString.describe('what the venue says that the account holds'),
});

/** What the executor records: who follows what, and every trade from the request to its end. */
export const tradeExecutorEvents = eventsOf('trade-executor')({
  FollowingSet: {
    subject: 'following.set',
    v: 1,
    data: followSettings,
  },
  FollowingRemoved: { subject: 'following.removed', v: 1, data: z.strictObject({ strategyId, userId }) },
  /** No opening order is sent for what is halted; closing orders, look-ups and cancels go on. */
  TradingHalted: { subject: 'risk.trading_halted', v: 1, data: haltNotice },
  TradingResumed: { subject: 'risk.trading_resumed', v: 1, data: haltNotice },
  /** All limits of one scope, as they are from now on: what is not named is not limited. */
  RiskLimitsSet: {
    subject: 'risk.limits_set',
    v: 1,
    data: z.strictObject({
      userId: userId.describe('whose limits these are; of a strategy its owner, of the platform the operator who set them'),
      symbols: symbolList,
      scope: haltScope.optional().describe('absent: "user"'),
      strategyId: strategyId.optional().describe('of scope "strategy"'),
      ...limitChanges.omit({ symbols: true }).shape,
    }),
  },
  SignalFannedOut: {
    subject: 'signal.fanned_out',
    v: 1,
    data: z.strictObject({ signalId, strategyId, trades: z.int().nonnegative() }),
  },
  TradeRequested: {
    subject: 'trade.requested',
    v: 2,
    data: z.strictObject({
      tradeId,
      signalId,
      strategyId,
      actionIndex: z.int().nonnegative(),
      ...tradingAccount.shape,
      marketType,
      symbol: z.string(),
      action: signalAction.describe(
        'but for buy and sell it has no side before it is its turn: it follows from what is owned then',
      ),
      positionSide: heldSide
        .optional()
        .describe('of what opens: the position that it is for; of what closes: the only one that it closes'),
      sizing,
      alertQuantity: decimalString.optional(),
      alertUnit: quantityUnit.optional().describe('of alertQuantity; absent: base units'),
      percent: decimalString.optional().describe('of a reduction: the share of what is owned, for sizings of its follower'),
      afterExit: tradeId.optional().describe('the exit of the same signal that makes room for it'),
      leverage: leverage
        .optional()
        .describe(
          "what its account is set to before an opening on a linear market: the follower's or the alert's, within the follower's limit",
        ),
      notBefore: instant.optional().describe('it may not be sent sooner, and its age counts from then'),
      clientOrderId: z.string(),
      lane: z.string().describe('account and symbol: trades of one lane run one after the other'),
      ordinal: z.int().positive().describe('place in the lane'),
      receivedAt: instant,
      sequence: z
        .int()
        .positive()
        .optional()
        .describe("the signal's place among those of its strategy; events of version 1 have none"),
    }),
  },
  TradeDenied: { subject: 'trade.denied', v: 1, data: z.strictObject({ ...trade, ...refusal }) },
  TradeExpired: { subject: 'trade.expired', v: 1, data: z.strictObject({ ...trade, ...refusal }) },
  OrderSubmitted: {
    subject: 'order.submitted',
    v: 1,
    data: z.strictObject({
      ...attempt,
      clientOrderId: z.string(),
      timestamp: z.int().describe("milliseconds by the venue's clock, exactly as signed"),
      recvWindow: z.int(),
      paramsHash: hexDigest,
      symbol: z.string(),
      side,
      orderType: z.literal('market'),
      amount: decimalString.optional().describe('base units'),
      quoteAmount: decimalString.optional().describe('quote units; exactly one of amount and quoteAmount is given'),
      positionSide: z
        .enum(['long', 'short'])
        .optional()
        .describe('the position that it opens or closes; only on accounts in hedge mode'),
      reduceOnly: z.literal(true).optional().describe('it can only make the position smaller'),
      baseAsset: z.string().optional().describe('what is bought or sold: fees in it count against what is owned'),
      quoteAsset: z.string().optional().describe('what its price and its result are in'),
      purpose: z
        .enum(['open', 'close'])
        .optional()
        .describe('what it was to the position of its following; what closes is never barred'),
      value: decimalString.optional().describe('quote units of an opening, by the price at which it was decided'),
      covers: z
        .array(tradeId)
        .max(20)
        .optional()
        .describe(
          'of an exit: earlier trades of the following whose outcome was not known yet; it goes on when they are settled',
        ),
    }),
  },
  /** An exit of the same following took away the right to send it again; what was sent before is looked for as ever. */
  ResendWithdrawn: {
    subject: 'trade.resend_withdrawn',
    v: 1,
    data: z.strictObject({ ...trade, by: tradeId.describe('the exit') }),
  },
  /** Nothing is left for this exit to close: what it covered is settled, too old, or overtaken by a later signal. */
  ExitCompleted: { subject: 'trade.exit_completed', v: 1, data: z.strictObject({ ...trade, ...refusal }) },
  /** Nothing is proven to be there to close, and an order may still turn up: it goes on looking, and holds nothing up meanwhile. */
  ExitDeferred: { subject: 'trade.exit_deferred', v: 1, data: z.strictObject({ ...trade, ...refusal }) },
  OrderNotSent: { subject: 'order.not_sent', v: 1, data: z.strictObject({ ...attempt, ...refusal }) },
  OrderAccepted: {
    subject: 'order.accepted',
    v: 1,
    data: z.strictObject({
      ...attempt,
      orderId: z.string(),
      amount: decimalString
        .optional()
        .describe('base units, as the venue counts them; absent where the order was given in quote units and is not filled'),
      foundBy: z.enum(['answer', 'lookup']),
      side: side
        .optional()
        .describe('as the venue has it, where that is not what the attempt says (one that a restored database had lost)'),
    }),
  },
  OrderRejected: { subject: 'order.rejected', v: 1, data: z.strictObject({ ...attempt, ...refusal }) },
  /** The venue proved that it did not take this attempt, for a reason that passes (clock, rate, overload): the trade may be sent again. */
  OrderTurnedAway: { subject: 'order.turned_away', v: 1, data: z.strictObject({ ...attempt, ...refusal }) },
  OrderOutcomeUnknown: {
    subject: 'order.outcome_unknown',
    v: 1,
    data: z.strictObject({ ...attempt, cause: z.string().max(80), venueSaidUnknown: z.boolean() }),
  },
  OrderAbsenceProven: {
    subject: 'order.absence_proven',
    v: 1,
    data: z.strictObject({ ...attempt, lookups: z.int().positive() }),
  },
  OrderFilled: {
    subject: 'order.filled',
    v: 1,
    data: z.strictObject({
      ...trade,
      leg: z.string(),
      orderId: z.string(),
      fillId: z.string(),
      amount: decimalString,
      price: decimalString,
      fee: decimalString.optional(),
      feeAsset: z.string().optional(),
      feePrice: decimalString
        .optional()
        .describe(
          'quote units per unit of the fee asset, by a public price when the fill was seen; only of an asset that is neither base nor quote',
        ),
      at: instant.describe("the venue's time of the fill"),
    }),
  },
  OrderClosed: {
    subject: 'order.closed',
    v: 1,
    data: z.strictObject({
      ...trade,
      leg: z.string(),
      orderId: z.string(),
      status: z.enum(['filled', 'canceled']),
      filled: decimalString,
      averagePrice: decimalString.optional(),
      fees: z
        .array(z.strictObject({ asset: z.string().min(1).max(40), amount: decimalString }))
        .optional()
        .describe('what the venue took in all, where not every execution is known'),
      reason: refusal.reason.optional().describe('why the venue ended it, where it said so'),
      message: refusal.message.optional(),
    }),
  },
  /** The order's end can no longer be learnt, whether its outcome was unknown or the venue had taken it: the user has to look at the exchange. */
  OrderUnverifiable: { subject: 'order.unverifiable', v: 1, data: z.strictObject({ ...attempt, ...refusal }) },
  /** A trade is open for longer than its state explains; it goes on, and its own events tell its end. Once per trade. */
  TradeStuck: {
    subject: 'trade.stuck',
    v: 1,
    data: z.strictObject({
      ...trade,
      status: z.enum(['requested', 'submitted', 'unknown', 'accepted', 'partially_filled']),
      since: instant.describe('when it was requested, or first sent'),
      message: refusal.message,
    }),
  },
  /** Users of these partitions were not traded for: nobody held them. */
  PartitionsUnowned: {
    subject: 'partitions.unowned',
    v: 1,
    data: z.strictObject({
      partitions: z.array(z.int().nonnegative()).min(1),
      since: instant.optional().describe('when the first of them was lost, as far as it is known'),
    }),
  },
  PartitionsOwned: { subject: 'partitions.owned', v: 1, data: z.strictObject({}) },
  /** A venue asked for no more requests from us for a while; every trade there waits. */
  VenuePaused: {
    subject: 'venue.paused',
    v: 1,
    data: z.strictObject({ exchange, environment, marketType, until: instant }),
  },
  /** Requests of ours waited for seconds for the limits that a venue keeps for one of our addresses. Told again when who came after it had to wait as long. */
  RequestsHeldBack: {
    subject: 'limiter.requests_held_back',
    v: 1,
    data: z.strictObject({
      ...limitedAddress.shape,
      waiting: waitingRequests,
      since: instant.describe('since when the oldest of them waits'),
      seenAt: instant,
    }),
  },
  /** A signal could not be handled, and is kept as a dead letter: nobody is traded for by it until an operator replays it. */
  SignalParked: { subject: 'signal.parked', v: 1, data: parked },
  /** An account holds something else than our record says: traded by hand, liquidated, or an order that we do not know of. Nothing is traded for it. */
  PositionDriftDetected: { subject: 'position.drift_detected', v: 1, data: drift },
  /** It agrees with our record (again). */
  PositionDriftResolved: { subject: 'position.drift_resolved', v: 1, data: drift },
  /** An order with an id of our form stands at the venue, and no trade of ours has sent it. */
  UnknownOrderFound: {
    subject: 'order.unknown_found',
    v: 1,
    data: z.strictObject({
      ...account.shape,
      marketType,
      symbol: z.string(),
      clientOrderId: z.string(),
      orderId: z.string(),
      side,
      status: z.enum(['open', 'filled', 'canceled', 'rejected']),
      filled: decimalString,
    }),
  },
});
