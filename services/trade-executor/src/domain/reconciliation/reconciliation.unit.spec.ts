import type { TradeStatus } from '@latchkey/contracts';
import { clientOrderIdOf, decimal, entryLeg, tradeIdOf, type SignalId, type TradeId, type UserId } from '@latchkey/kernel';
import { fc, specFor } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { isDrift } from './compare-holdings.js';
import { compareOrders, tradeOf, type ListedOrder, type RecordedTrade } from './compare-orders.js';
import { driftDecider, type DriftEvent } from './drift.js';
import { nextComparison } from './schedule.js';

const tradeId = tradeIdOf({
  signalId: '0199d3a0-7c00-7000-8000-000000000001' as SignalId,
  actionIndex: 0,
  userId: 'u' as UserId,
  exchange: 'binance',
  environment: 'live',
});
const order = (over: Partial<ListedOrder> = {}): ListedOrder => ({
  clientOrderId: clientOrderIdOf(tradeId, entryLeg),
  side: 'buy',
  orderId: '7',
  status: 'filled',
  filled: decimal('1'),
  fills: [],
  ...over,
});
const recorded = (status: TradeStatus, filled = '1', open = false): ReadonlyMap<TradeId, RecordedTrade> =>
  new Map([[tradeId, { tradeId, status, open, filled: decimal(filled) }]]);

describe('an id of our form', () => {
  it('names its trade, and comes from nobody else', () => {
    expect(tradeOf(clientOrderIdOf(tradeId, entryLeg))).toBe(tradeId);
    for (const other of [
      '',
      'web_abc',
      'x-123',
      '0199d3a07c0070008000000000000001-e0',
      `${'f'.repeat(32)}-e0`,
      clientOrderIdOf(tradeId, entryLeg).toUpperCase(),
    ])
      expect(tradeOf(other), other).toBeUndefined();
  });
});

describe('orders that the venue lists', () => {
  it('are no news while they are as our record says', () => {
    expect(compareOrders(recorded('filled'), [order()])).toEqual({ late: [], unknown: [] });
    expect(compareOrders(recorded('canceled', '0.4'), [order({ status: 'canceled', filled: decimal('0.4') })]).late).toEqual([]);
    expect(compareOrders(recorded('rejected', '0'), [order({ status: 'rejected', filled: decimal('0') })]).late).toEqual([]);
  });
  it.each(['expired', 'denied', 'unverifiable'] as const)('are a late fact about a trade that ended %s', (status) => {
    expect(compareOrders(recorded(status, '0'), [order()]).late).toEqual([{ tradeId, order: order() }]);
  });
  it('are a late fact where more was filled than is known, or a refused one was filled after all', () => {
    expect(compareOrders(recorded('canceled', '0.4'), [order()]).late).toHaveLength(1);
    expect(compareOrders(recorded('rejected', '0'), [order()]).late).toHaveLength(1);
    expect(compareOrders(recorded('filled', '1'), [order({ status: 'open' })]).late).toHaveLength(1);
  });
  it('are left to whoever works on them while their trade is open', () => {
    for (const status of ['requested', 'submitted', 'unknown', 'accepted', 'partially_filled'] as const)
      expect(compareOrders(recorded(status, '0', true), [order()])).toEqual({ late: [], unknown: [] });
  });
  it('are an alarm when they have an id of ours and no trade', () => {
    expect(compareOrders(new Map(), [order(), order({ clientOrderId: 'web_77' })]).unknown).toEqual([order()]);
  });
});

describe('what an account holds', () => {
  const holding = (expected: string, found: string, tolerance = '0') =>
    ({ instrument: 'BTC', expected: decimal(expected), found: decimal(found), tolerance: decimal(tolerance) }) as const;

  it('drifts on contracts when it is anything else than what is owned, in either direction', () => {
    expect(isDrift('linear', holding('0.01', '0.01'))).toBe(false);
    for (const found of ['0', '0.02', '-0.01']) expect(isDrift('linear', holding('0.01', found)), found).toBe(true);
    expect(isDrift('linear', holding('0', '0.5'))).toBe(true);
    expect(isDrift('linear', holding('-0.5', '-0.5'))).toBe(false);
  });
  it('drifts on spot only when there is less than what is owned: the rest of a wallet is its owner’s', () => {
    expect(isDrift('spot', holding('0.01', '5'))).toBe(false);
    expect(isDrift('spot', holding('0.01', '0.009'))).toBe(true);
    expect(isDrift('spot', holding('-0.01', '0'))).toBe(false);
    expect(isDrift('spot', holding('0.01', '0.00999', '0.00001'))).toBe(false); // dust
  });
  it('never drifts where both agree', () => {
    const amount = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => decimal(String(n / 1_000)));
    fc.assert(
      fc.property(amount, fc.constantFrom('spot', 'linear'), (of, market) => !isDrift(market as 'spot', holding(of, of))),
    );
  });
});

describe('a drift', () => {
  const drift = specFor(driftDecider);
  const place = {
    userId: 'u' as UserId,
    exchange: 'binance',
    environment: 'live',
    marketType: 'linear',
    instrument: 'BTCUSDT',
  } as const;
  const of = (expected: string, found: string) => ({ ...place, expected: decimal(expected), found: decimal(found) });
  const detected = (...amounts: [string, string]): DriftEvent => ({ type: 'PositionDriftDetected', v: 1, data: of(...amounts) });
  const resolved = (...amounts: [string, string]): DriftEvent => ({ type: 'PositionDriftResolved', v: 1, data: of(...amounts) });
  const report = (expected: string, found: string) =>
    ({ type: 'ReportHolding', data: { ...of(expected, found), drifts: expected !== found } }) as const;

  it('is said once, and again when it is another one', () => {
    drift.given().when(report('1', '0')).then(detected('1', '0'));
    drift.given(detected('1', '0')).when(report('1', '0')).thenNothing();
    drift.given(detected('1', '0')).when(report('1', '0.5')).then(detected('1', '0.5'));
    drift.given(detected('1', '0')).when(report('2', '0')).then(detected('2', '0'));
  });
  it('is said to be over once', () => {
    drift.given(detected('1', '0')).when(report('1', '1')).then(resolved('1', '1'));
    drift.given(detected('1', '0'), resolved('1', '1')).when(report('1', '1')).thenNothing();
    drift.given().when(report('1', '1')).thenNothing();
  });
});

describe('when books are compared', () => {
  const minute = 60_000;
  const at = (lastChange: number, lastComparison: number | undefined, spread = 0) =>
    nextComparison({ lastChange, lastComparison }, spread);

  it('is at once for a process that never did', () => expect(at(1_000 * minute, undefined)).toBe(0));
  it('is five minutes after something happened, then each time as long again, at most every six hours', () => {
    expect(at(0, -minute)).toBe(5 * minute);
    expect(at(0, 5 * minute)).toBe(10 * minute);
    expect(at(0, 10 * minute)).toBe(20 * minute);
    expect(at(0, 5_000 * minute)).toBe(5_360 * minute);
  });
  it('is spread over a quarter of the wait', () => expect(at(0, 20 * minute, 1)).toBe(45 * minute));
});
