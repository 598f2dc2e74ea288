import type { EventData } from '@latchkey/contracts';
import { decimal, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { accountKeyOf, impliedSides, planTrades, withOrdinals, type FollowingInForce } from './plan-trades.js';

const signal: EventData<'SignalReceived'> = {
  signalId: '0192f0c1-2222-7222-8222-000000000001' as SignalId,
  strategyId: '0192f0c1-3333-7333-8333-000000000001' as StrategyId,
  ownerId: 'owner' as UserId,
  sequence: 1,
  receivedAt: '2026-01-15T12:00:00.000Z',
  idempotencyKey: 'ab'.repeat(32),
  signal: {
    market: { ticker: 'BINANCE:BTCUSDT', symbol: 'BTCUSDT' },
    actions: [
      { action: 'sell', orderType: 'market' },
      { action: 'buy', orderType: 'market' },
    ],
    quantity: decimal('0.5'),
  },
};
const follower = (userId: string, marketType: 'spot' | 'linear' = 'spot'): FollowingInForce => ({
  userId: userId as UserId,
  exchange: 'binance',
  environment: 'live',
  marketType,
  sizing: { mode: 'quote_amount', value: decimal('100') },
});

const nobody = new Map();

describe('a fan-out', () => {
  it('makes one trade per action and follower, with ids that depend on nothing else', () => {
    const planned = planTrades(signal, [follower('a'), follower('b')], nobody);
    expect(planned.map(({ userId, action, actionIndex }) => [userId, action, actionIndex])).toEqual([
      ['a', 'sell', 0],
      ['a', 'buy', 1],
      ['b', 'sell', 0],
      ['b', 'buy', 1],
    ]);
    expect(new Set(planned.map(({ tradeId }) => tradeId)).size).toBe(4);
    expect(
      planTrades(signal, [follower('b'), follower('a')], nobody)
        .map(({ tradeId }) => tradeId)
        .sort(),
    ).toEqual(planned.map(({ tradeId }) => tradeId).sort());
  });

  it('hands on the quantity of the alert and the time of its receipt', () => {
    expect(planTrades(signal, [follower('a')], nobody)[0]).toMatchObject({ alertQuantity: '0.5', receivedAt: signal.receivedAt });
  });

  it.each<[string, Partial<FollowingInForce>, number | undefined, number | undefined]>([
    ['none where nobody says one', {}, undefined, undefined],
    ["the alert's", {}, 20, 20],
    ["the follower's own, whatever the alert says", { leverage: 7 }, 20, 7],
    ["the alert's, within the follower's limit", { limits: { maxLeverage: 10 } }, 20, 10],
    ["the follower's own, within the limit", { leverage: 12, limits: { maxLeverage: 10 } }, undefined, 10],
    ['below the limit', { limits: { maxLeverage: 10 } }, 3, 3],
    ['the limit itself where nobody says one', { limits: { maxLeverage: 10 } }, undefined, 10],
    ['none on spot', { marketType: 'spot', leverage: 7, limits: { maxLeverage: 10 } }, 20, undefined],
  ])('gives an opening the leverage: %s', (_what, over, leverage, expected) => {
    const alert = { ...signal, signal: { ...signal.signal, ...(leverage !== undefined && { leverage }) } };
    const [planned] = planTrades(alert, [{ ...follower('a'), marketType: 'linear', ...over }], nobody);
    expect(planned?.leverage).toBe(expected);
  });

  it('gives an exit no leverage', () => {
    const exit = structuredClone({ ...signal, signal: { ...signal.signal, leverage: 5 } });
    exit.signal.actions = [{ action: 'exit', orderType: 'market' }];
    expect(planTrades(exit, [{ ...follower('a'), marketType: 'linear', leverage: 7 }], nobody)[0]).not.toHaveProperty('leverage');
  });

  it('counts places lane by lane, on from the last one given out', () => {
    const planned = planTrades(signal, [follower('a'), follower('b')], nobody);
    const [laneOfA] = planned.map(({ lane }) => lane);
    expect(withOrdinals(planned, new Map([[laneOfA!, 7]])).map(({ userId, ordinal }) => [userId, ordinal])).toEqual([
      ['a', 8],
      ['a', 9],
      ['b', 1],
      ['b', 2],
    ]);
  });

  describe('of what ends on one side', () => {
    const intoLong = {
      ...signal,
      signal: {
        market: signal.signal.market,
        quantity: decimal('0.5'),
        actions: [
          { action: 'exit', orderType: 'market', positionSide: 'short', implied: true },
          { action: 'buy', orderType: 'market', positionSide: 'long' },
        ],
      },
    } satisfies EventData<'SignalReceived'>;

    it('closes the other side first for whoever holds it, and opens only after that', () => {
      const holders = new Map([['short' as const, new Set([follower('b', 'linear'), follower('c')].map(accountKeyOf))]]);
      const planned = planTrades(intoLong, [follower('a', 'linear'), follower('b', 'linear'), follower('c')], holders);
      expect(planned.map(({ userId, action, actionIndex }) => [userId, action, actionIndex])).toEqual([
        ['a', 'buy', 1],
        ['b', 'exit', 0],
        ['b', 'buy', 1],
        // Nobody is short on spot.
        ['c', 'buy', 1],
      ]);
      expect(planned.map(({ afterExit }) => afterExit)).toEqual([undefined, undefined, planned[1]?.tradeId, undefined]);
      expect(planned.map(({ alertQuantity }) => alertQuantity)).toEqual(['0.5', undefined, '0.5', '0.5']);
    });

    it('asks for holders of that side alone', () => {
      expect(impliedSides(intoLong.signal)).toEqual(['short']);
      expect(impliedSides(signal.signal)).toEqual([]);
    });
  });

  it('keeps what waits until then, counted from the receipt', () => {
    const delayed = {
      ...signal,
      signal: { ...signal.signal, actions: [{ action: 'buy', orderType: 'market', delaySeconds: 90 } as const] },
    };
    expect(planTrades(delayed, [follower('a')], nobody)[0]).toMatchObject({
      receivedAt: '2026-01-15T12:00:00.000Z',
      notBefore: '2026-01-15T12:01:30.000Z',
    });
  });
});
