import type { Sizing } from '@latchkey/contracts';
import { decimal, type UserId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPaperBooks } from './adapters/postgres/paper-books.js';
import { fillOnPaper } from './domain/paper/fill-on-paper.js';
import { executorFixture, newStrategyId, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';
import type { Executor } from './executor.js';

let stage: ExecutorFixture;
let executor: Executor;
beforeAll(async () => {
  stage = await executorFixture();
  executor = await stage.startExecutor();
});
afterAll(() => stage?.close());

const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
type Step = { readonly action: 'buy' | 'sell' | 'exit' | 'add'; readonly positionSide?: 'long' | 'short' };

describe('a follower on paper', () => {
  const following = async (userId: string, marketType: 'spot' | 'linear') => {
    const strategyId = newStrategyId();
    const setting = { exchange: 'bybit', environment: 'paper', marketType, enabled: true } as const;
    const sizing = { mode: 'base_amount', value: decimal('0.01') } as const;
    await executor.useCases.setFollowing({ strategyId, userId: userId as UserId, ...setting, sizing, context: stage.context() });
    let sequence = 0;
    return async (...steps: readonly Step[]) => {
      const actions = steps.map((step) => ({ ...step, orderType: 'market' as const }));
      const signal = signalReceived(strategyId, { sequence: (sequence += 1), signal: { market, actions } });
      const signalId = await stage.fanOut(executor, signal);
      await stage.settled(executor, signalId);
      return stage.tradesOf(executor, signalId, userId);
    };
  };

  it('trades at the public price, with no key and no order at the exchange', async () => {
    await eventually(
      async () =>
        executor.exchanges({ exchange: 'bybit', environment: 'live', marketType: 'spot' })?.rules('BTCUSDT') !== 'loading',
    );
    const send = await following('paper-spot', 'spot');
    expect(await send({ action: 'buy' })).toMatchObject([
      { environment: 'paper', status: 'filled', side: 'buy', filled: '0.01', averagePrice: '60000' },
    ]);
    expect(await send({ action: 'exit' })).toMatchObject([{ status: 'filled', side: 'sell', filled: '0.00999' }]);
    expect(await stage.book()).toEqual([]);
    const { markets } = await executor.useCases.paperAccount({ userId: 'paper-spot' as UserId, exchange: 'bybit' });
    expect(markets).toMatchObject([
      { marketType: 'spot', balances: { BTC: '0', USDT: '99998.8006' } },
      { marketType: 'linear', balances: { USDT: '100000' } },
    ]);
  });

  it('goes long and short, and is told what the account cannot carry', async () => {
    const send = await following('paper-linear', 'linear');
    expect(await send({ action: 'sell', positionSide: 'short' })).toMatchObject([{ status: 'filled', side: 'sell' }]);
    const turned = await send({ action: 'exit', positionSide: 'short' }, { action: 'buy', positionSide: 'long' });
    expect(turned).toHaveLength(2);
    for (const trade of turned) expect(trade).toMatchObject({ status: 'filled', side: 'buy' });
    const poor = {
      userId: 'paper-linear' as UserId,
      exchange: 'bybit',
      marketType: 'linear',
      balances: { USDT: decimal('1') },
    } as const;
    const { markets } = await executor.useCases.setPaperBalances({ ...poor, context: stage.context() });
    expect(markets[1]).toMatchObject({
      balances: { USDT: '1' },
      positions: [{ symbol: 'BTCUSDT', quantity: '0.01', entryPrice: '60000' }],
    });
    expect(await send({ action: 'add' })).toMatchObject([{ status: 'rejected', reason: 'venue.insufficient_margin' }]);
    expect(await send({ action: 'exit' })).toMatchObject([{ status: 'filled', side: 'sell' }]);
  });
});

describe('a percentage on paper', () => {
  const following = async (userId: string, marketType: 'spot' | 'linear', sizing: Sizing, leverage?: number) => {
    const strategyId = newStrategyId();
    const setting = {
      exchange: 'bybit',
      environment: 'paper',
      marketType,
      enabled: true,
      sizing,
      ...(leverage && { leverage }),
    } as const;
    await executor.useCases.setFollowing({ strategyId, userId: userId as UserId, ...setting, context: stage.context() });
    return async () => {
      const signalId = await stage.fanOut(executor, signalReceived(strategyId));
      await stage.settled(executor, signalId);
      return (await stage.tradesOf(executor, signalId, userId))[0];
    };
  };

  it('is taken of the paper account, as what it holds is worth now', async () => {
    const spot = await following('paper-share', 'spot', { mode: 'free_percent', value: decimal('60') });
    expect(await spot()).toMatchObject({ status: 'filled', filled: '1' });
    expect(await spot()).toMatchObject({ status: 'filled', filled: '0.4' });
    const linear = await following('paper-share-2', 'linear', { mode: 'equity_percent', value: decimal('120') });
    expect(await linear()).toMatchObject({ status: 'filled', filled: '2' });
    const leveraged = await following('paper-share-3', 'linear', { mode: 'free_percent', value: decimal('30') }, 50);
    // Ten times at most: 300,000 USDT.
    expect(await leveraged()).toMatchObject({ status: 'filled', filled: '5' });
    // A fee of 66 USDT was taken.
    expect(await linear()).toMatchObject({ status: 'filled', filled: '1.998' });
  });
});

describe('the paper venue', () => {
  it('takes an order once, however many processes bring it at the same time, and finds it afterwards', async () => {
    const books = createPaperBooks(stage.pool, { now: () => Date.now() });
    const key = { userId: 'paper-race' as UserId, exchange: 'binance', marketType: 'spot' } as const;
    const rules = executor.exchanges({ ...key, environment: 'live' })?.rules('BTCUSDT');
    if (typeof rules !== 'object') throw new TypeError('the market is loaded by now');
    const order = { clientOrderId: 'race-e0', symbol: 'BTCUSDT', side: 'buy', amount: decimal('0.01') } as const;
    const placed = await Promise.all(
      Array.from({ length: 8 }, () =>
        books.place(key, { ...order, until: Date.now() + 5_000 }, (account) =>
          fillOnPaper({ exchange: 'binance', marketType: 'spot', order, rules, price: decimal('60000'), account }),
        ),
      ),
    );
    const ids = placed.map((one) => (one.ok ? one.booked.orderId : one.reason));
    expect(new Set(ids).size).toBe(1);
    expect((await books.find('race-e0'))?.orderId).toBe(ids[0]);
    expect((await books.account(key)).balances.get('BTC')).toBe('0.00999');
    expect(await books.find('nobody-e0')).toBeUndefined();
    const overdue = { clientOrderId: 'late-e0', symbol: 'BTCUSDT', until: Date.now() - 1_000 };
    const late = await books.place(key, overdue, () => Promise.reject(new TypeError('it is not looked at')) as never);
    expect(late).toMatchObject({ ok: false, late: true, reason: 'order.withheld' });
    expect(await books.find('late-e0')).toBeUndefined();
  });
});
