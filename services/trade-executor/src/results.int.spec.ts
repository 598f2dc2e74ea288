import { randomBytes, randomUUID } from 'node:crypto';
import type { MarketType, TradeView } from '@latchkey/contracts';
import { decimal, type StrategyId, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let executor: Executor;

beforeAll(async () => {
  fixture = await executorFixture();
  executor = await fixture.startExecutor();
});
afterEach(() => setPrice('60000'));
afterAll(() => fixture.close());

let users = 0;
let sequence = 0;
/** A price that was told within the last second is told again: it is waited for until it is this one. */
const setPrice = async (price: string) => {
  await fixture.control('PUT', '/markets/BTCUSDT', { price });
  const market = { exchange: 'binance', environment: 'live' } as const;
  for (const marketType of ['spot', 'linear'] as const)
    await eventually(async () => (await executor.exchanges({ ...market, marketType })?.price('BTCUSDT')) === price);
};

type Follower = { readonly userId: UserId; readonly strategyId: StrategyId; readonly marketType: MarketType };
const newFollower = async (marketType: MarketType = 'spot'): Promise<Follower> => {
  const [userId, strategyId] = [`results-${(users += 1)}` as UserId, newStrategyId()];
  const key = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
  await fixture.control('POST', '/accounts', { exchange: 'binance', ...key });
  fixture.vault.keep(userId, key);
  const follower = { userId, strategyId, marketType };
  await follow(follower);
  return follower;
};
const follow = ({ userId, strategyId, marketType }: Follower) =>
  executor.useCases.setFollowing({
    strategyId,
    userId,
    exchange: 'binance',
    environment: 'live',
    marketType,
    sizing: { mode: 'base_amount', value: decimal('0.01') },
    enabled: true,
    shared: true,
    context: fixture.context(),
  });
const traded = async ({ strategyId, userId }: Follower, action: TradeView['action']): Promise<TradeView> => {
  const signal = signalReceived(strategyId, {
    sequence: (sequence += 1),
    signal: { market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' }, actions: [{ action, orderType: 'market' }] },
  });
  const signalId = await fixture.fanOut(executor, signal);
  await fixture.settled(executor, signalId);
  return (await fixture.tradesOf(executor, signalId, userId))[0]!;
};
const performance = (userId: UserId, over: object = {}) => executor.useCases.performance({ userId, limit: 50, ...over });

describe('what followings made', () => {
  it('is told of trades, followings and days, fees in the base asset included', async () => {
    const follower = await newFollower();
    const bought = await traded(follower, 'buy');
    expect(bought).toMatchObject({ realised: '-0.6', fees: [{ asset: 'BTC', amount: '0.00001', value: '0.6' }] });
    await setPrice('66000');
    const open = await performance(follower.userId);
    expect(open.results).toMatchObject([
      {
        strategyId: follower.strategyId,
        symbol: 'BTCUSDT',
        quoteAsset: 'USDT',
        realised: '-0.6',
        trades: 1,
        wins: 0,
        losses: 0,
        feesUnknown: 0,
        fees: [{ asset: 'BTC', amount: '0.00001', value: '0.6' }],
        quantity: '0.00999',
        averageEntryPrice: '60000',
        unrealised: '59.94',
        price: { value: '66000' },
      },
    ]);
    expect(open.totals).toMatchObject([
      { environment: 'live', quoteAsset: 'USDT', realised: '-0.6', fees: '0.6', unrealised: '59.94' },
    ]);

    const sold = await traded(follower, 'exit');
    expect(sold).toMatchObject({
      status: 'filled',
      realised: '59.28066',
      fees: [{ asset: 'USDT', amount: '0.65934', value: '0.65934' }],
    });
    const closed = await performance(follower.userId);
    expect(closed.results).toMatchObject([
      {
        realised: '58.68066',
        trades: 2,
        wins: 1,
        losses: 0,
        quantity: '0',
        averageEntryPrice: null,
        unrealised: '0',
        price: null,
      },
    ]);
    expect(closed.days).toEqual([
      {
        day: sold.timings.submittedAt!.slice(0, 10),
        environment: 'live',
        quoteAsset: 'USDT',
        realised: '58.68066',
        fees: '1.25934',
      },
    ]);
  });

  it('is counted on after a restart, with the average of before', async () => {
    const follower = await newFollower();
    await traded(follower, 'buy');
    await executor.stop();
    executor = await fixture.startExecutor(`spec-${randomUUID()}`);
    await setPrice('54000');
    const sold = await traded(follower, 'exit');
    expect(sold).toMatchObject({ realised: '-60.47946' });
    expect((await performance(follower.userId)).results).toMatchObject([{ realised: '-61.07946', wins: 0, losses: 1 }]);
  });

  it('says of contracts whose fees the venue did not list that they are not known', async () => {
    const follower = await newFollower('linear');
    const bought = await traded(follower, 'buy');
    expect(bought).toMatchObject({ realised: '0', fees: [] });
    expect((await performance(follower.userId)).results).toMatchObject([{ feesUnknown: 1, quantity: '0.01' }]);
  });

  it('is filtered by strategy and UTC day, and paged', async () => {
    const follower = await newFollower();
    const other = { ...follower, strategyId: newStrategyId() };
    await follow(other);
    await traded(follower, 'buy');
    await traded(other, 'buy');
    const { userId } = follower;
    expect((await performance(userId, { strategyId: other.strategyId })).results.map(({ strategyId }) => strategyId)).toEqual([
      other.strategyId,
    ]);
    const first = await performance(userId, { limit: 1 });
    const second = await performance(userId, { limit: 1, cursor: first.nextCursor });
    expect([first.results.length, second.results.length, second.nextCursor]).toEqual([1, 1, null]);
    expect(first.totals).toEqual(second.totals);
    expect([...first.results, ...second.results].map(({ strategyId }) => strategyId)).toEqual(
      [follower.strategyId, other.strategyId].toSorted(),
    );
    // Executed a day ago, and at the last moment of the day before that.
    const moved = (strategyId: string, at: string) =>
      fixture.pool.query('update executions set at = $2 where strategy_id = $1', [strategyId, at]);
    await moved(follower.strategyId, '2026-01-16T00:00:00.000Z');
    await moved(other.strategyId, '2026-01-15T23:59:59.999Z');
    const realised = async (from?: string, to?: string) => {
      const { totals } = await performance(userId, { from, to });
      return totals.map((total) => [total.realised, total.trades]);
    };
    expect(await realised('2026-01-15', '2026-01-15')).toEqual([['-0.6', 1]]);
    expect(await realised('2026-01-16')).toEqual([['-0.6', 1]]);
    expect(await realised('2026-01-15', '2026-01-16')).toEqual([['-1.2', 2]]);
    expect(await realised('2026-01-17')).toEqual([['0', 0]]);
    expect((await performance(userId)).days.map(({ day }) => day)).toEqual(['2026-01-16', '2026-01-15']);
  });

  it('on paper is told like any other, and added to nothing else', async () => {
    const follower = await newFollower();
    const onPaper = { ...follower, strategyId: newStrategyId() };
    await executor.useCases.setFollowing({
      ...onPaper,
      exchange: 'binance',
      environment: 'paper',
      sizing: { mode: 'base_amount', value: decimal('0.02') },
      enabled: true,
      context: fixture.context(),
    });
    await traded(follower, 'buy');
    await traded(onPaper, 'buy');
    const { results, totals, days } = await performance(follower.userId);
    expect(new Set(results.map(({ environment, quantity, unrealised }) => `${environment} ${quantity} ${unrealised}`))).toEqual(
      new Set(['live 0.00999 0', 'paper 0.01998 0']),
    );
    expect(totals.map(({ environment, realised }) => [environment, realised])).toEqual([
      ['live', '-0.6'],
      ['paper', '-1.2'],
    ]);
    expect(new Set(days.map(({ environment, realised }) => `${environment} ${realised}`))).toEqual(
      new Set(['live -0.6', 'paper -1.2']),
    );
  });

  it('is the caller’s alone', async () => {
    const follower = await newFollower();
    await traded(follower, 'buy');
    expect(await performance(`${follower.userId}-not` as UserId)).toEqual({
      results: [],
      totals: [],
      days: [],
      nextCursor: null,
    });
  });
});
