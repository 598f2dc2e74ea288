import { clientOrderIdOf, decimal, entryLeg, type SignalId, type StrategyId, type TradeId, type UserId } from '@latchkey/kernel';
import type { Fill, TradeEvent, TradeRequest } from '../events.js';

/** Builders of facts for specs: one trade of one follower, as its events would say. */
export const receivedAtMs = Date.UTC(2026, 0, 15, 12);
export const tradeId = '0192f0c1-1111-5111-8111-000000000001' as TradeId;
export const userId = 'user-1' as UserId;
const clientOrderId = clientOrderIdOf(tradeId, entryLeg);
const ids = { tradeId, userId };
const attemptOf = (attempt: number) => ({ ...ids, leg: entryLeg, attempt });

export const request: TradeRequest = {
  tradeId,
  signalId: '0192f0c1-2222-7222-8222-000000000001' as SignalId,
  strategyId: '0192f0c1-3333-7333-8333-000000000001' as StrategyId,
  actionIndex: 0,
  userId,
  exchange: 'binance',
  environment: 'live',
  marketType: 'spot',
  symbol: 'BTCUSDT',
  action: 'buy',
  sizing: { mode: 'quote_amount', value: decimal('100') },
  clientOrderId,
  lane: 'user-1/binance/live/spot/BTCUSDT',
  ordinal: 1,
  receivedAt: new Date(receivedAtMs).toISOString(),
  sequence: 7,
};

export const order = { clientOrderId, symbol: 'BTCUSDT', side: 'buy', quoteAmount: decimal('100') } as const;
export const paramsHash = 'ab'.repeat(32);
export const timestampOf = (attempt: number): number => receivedAtMs + attempt * 1_000;

export const requested: TradeEvent = { type: 'TradeRequested', v: 2, data: request };
export const submitted = (attempt = 1, purpose: 'open' | 'close' = 'open'): TradeEvent => ({
  type: 'OrderSubmitted',
  v: 1,
  data: {
    ...attemptOf(attempt),
    timestamp: timestampOf(attempt),
    recvWindow: 5_000,
    paramsHash,
    orderType: 'market',
    ...order,
    purpose,
  },
});
export const denied = (reason: string, message: string): TradeEvent => ({
  type: 'TradeDenied',
  v: 1,
  data: { ...ids, reason, message },
});
export const expired = (reason: string, message: string): TradeEvent => ({
  type: 'TradeExpired',
  v: 1,
  data: { ...ids, reason, message },
});
export const notSent = (attempt = 1): TradeEvent => ({
  type: 'OrderNotSent',
  v: 1,
  data: { ...attemptOf(attempt), reason: 'vault.away', message: 'The key vault did not answer.' },
});
export const turnedAway = (attempt = 1): TradeEvent => ({
  type: 'OrderTurnedAway',
  v: 1,
  data: { ...attemptOf(attempt), reason: 'venue.rate_limited', message: 'Too many requests.' },
});
export const rejected = (attempt = 1): TradeEvent => ({
  type: 'OrderRejected',
  v: 1,
  data: {
    ...attemptOf(attempt),
    reason: 'venue.insufficient_balance',
    message: 'Account has insufficient balance for requested action.',
  },
});
export const unknown = (attempt = 1, venueSaidUnknown = false): TradeEvent => ({
  type: 'OrderOutcomeUnknown',
  v: 1,
  data: { ...attemptOf(attempt), cause: 'timeout', venueSaidUnknown },
});
export const absenceProven = (attempt = 1): TradeEvent => ({
  type: 'OrderAbsenceProven',
  v: 1,
  data: { ...attemptOf(attempt), lookups: 3 },
});
export const accepted = (attempt = 1, foundBy: 'answer' | 'lookup' = 'answer'): TradeEvent => ({
  type: 'OrderAccepted',
  v: 1,
  data: { ...attemptOf(attempt), orderId: '900001', foundBy, amount: decimal('0.002') },
});
export const unverifiable = (attempt = 1): TradeEvent => ({
  type: 'OrderUnverifiable',
  v: 1,
  data: { ...attemptOf(attempt), reason: 'vault.credential_not_found', message: 'The key was deleted.' },
});

export const fill = (fillId: string, amount = '0.001', price = '50000'): Fill => ({
  orderId: '900001',
  fillId,
  amount: decimal(amount),
  price: decimal(price),
  at: new Date(receivedAtMs + 1_500).toISOString(),
});
export const filled = (of: Fill): TradeEvent => ({ type: 'OrderFilled', v: 1, data: { ...ids, leg: entryLeg, ...of } });
export const closed = (status: 'filled' | 'canceled', amount: string, averagePrice?: string): TradeEvent => ({
  type: 'OrderClosed',
  v: 1,
  data: {
    ...ids,
    leg: entryLeg,
    orderId: '900001',
    status,
    filled: decimal(amount),
    ...(averagePrice !== undefined && { averagePrice: decimal(averagePrice) }),
  },
});
