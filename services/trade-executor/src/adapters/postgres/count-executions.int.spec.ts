import { randomUUID } from 'node:crypto';
import { claimLeases, createPool, withTransaction, type HeldLease } from '@latchkey/event-store';
import {
  clientOrderIdOf,
  decimal,
  entryLeg,
  replay,
  sum,
  systemClock,
  tradeIdOf,
  type SignalId,
  type StrategyId,
  type TradeId,
  type UserId,
} from '@latchkey/kernel';
import { database, fc, type SpecDatabase } from '@latchkey/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countFrom, flat, inOrder } from '../../domain/results/count.js';
import { executionsOf } from '../../domain/results/executions.js';
import type { OrderSnapshot } from '../../domain/trade/commands.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import type { Fill, TradeEvent } from '../../domain/trade/events.js';
import { request } from '../../domain/trade/testing/trade-facts.js';
import { recordFact } from '../../app/record-fact.js';
import { countEarlierTrades } from './count-earlier-trades.js';
import { createExecutorStore, tradeStream } from './executor-store.js';
import { insertTrades } from './fan-out-rows.js';
import { projectImported } from './imported-events.js';
import { createTradeLog } from './trade-log.js';

let db: SpecDatabase | undefined;
let pool: Pool;
let lease: HeldLease;
const nothing = () => undefined;
const store = createExecutorStore(systemClock);

beforeAll(async () => {
  db = await database('trade-executor');
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing } as never;
  pool = createPool({ url: db.url, applicationName: 'count-spec', max: 6, log });
  lease = (await claimLeases(pool, { names: ['count-spec'], holder: 'spec', ttlMs: 600_000 }))[0]!;
});
afterAll(async () => {
  await pool?.end();
  await db?.drop();
});

type Sent = { readonly tradeId: TradeId; readonly side: 'buy' | 'sell' };

/** A trade of this following whose order was sent. */
const sent = async (userId: UserId, strategyId: StrategyId, side: 'buy' | 'sell', ordinal: number): Promise<Sent> => {
  const signalId = randomUUID() as SignalId;
  const tradeId = tradeIdOf({ signalId, actionIndex: 0, userId, exchange: 'binance', environment: 'live' });
  const clientOrderId = clientOrderIdOf(tradeId, entryLeg);
  const lane = `${userId}/binance/live/spot/BTCUSDT`;
  const data = { ...request, tradeId, userId, strategyId, signalId, clientOrderId, lane, ordinal, action: side };
  const order = { clientOrderId, symbol: 'BTCUSDT', side, amount: decimal('0.006'), orderType: 'market' as const };
  const events: TradeEvent[] = [
    { type: 'TradeRequested', v: 2, data },
    {
      type: 'OrderSubmitted',
      v: 1,
      data: {
        tradeId,
        userId,
        leg: entryLeg,
        attempt: 1,
        timestamp: 1_768_478_400_000,
        recvWindow: 5_000,
        paramsHash: 'ab'.repeat(32),
        baseAsset: 'BTC',
        quoteAsset: 'USDT',
        ...order,
      },
    },
  ];
  await withTransaction(pool, async (tx) => {
    const metadata = { actor: 'service:spec', correlationId: randomUUID() };
    await store.append(tx, [{ streamId: tradeStream(tradeId), expectedVersion: 0, events, metadata }]);
    await insertTrades(tx, [data], new Date().toISOString());
  });
  return { tradeId, side };
};

const fill = (n: number, price: number, atMs: number): Fill => ({
  orderId: '900001',
  fillId: String(n),
  amount: decimal('0.002'),
  price: decimal(String(price)),
  fee: decimal(n % 2 ? '0.000002' : '0.12'),
  feeAsset: n % 2 ? 'BTC' : 'USDT',
  at: new Date(Date.UTC(2026, 0, 15, 12) + atMs).toISOString(),
});

const snapshot = (fills: readonly Fill[], over: Partial<OrderSnapshot> = {}): OrderSnapshot => ({
  orderId: '900001',
  status: 'open',
  filled: sum(fills.map(({ amount }) => amount)),
  fills,
  ...over,
});

const record = async (log: ReturnType<typeof createTradeLog>, { tradeId }: Sent, order: OrderSnapshot) => {
  const data = { attempt: 1, order, foundBy: 'lookup' } as const;
  await recordFact(log, await log.load(tradeId), { type: 'RecordOrder', data }, lease);
};

const rowsOf = async (userId: string) =>
  (
    await pool.query<{ realised: string; after: string; cost: string }>(
      `select trade_id || '/' || fill_id as id, at, realised::text, quantity_after::text as after, cost_after::text as cost
        from executions where user_id = $1 order by at, trade_id, leg collate "C", fill_id collate "C"`,
      [userId],
    )
  ).rows.map((row) => ({ ...row, realised: decimal(row.realised), after: decimal(row.after), cost: decimal(row.cost) }));
const positionOf = async (userId: string) => {
  const { rows } = await pool.query<{ quantity: string; cost: string; quote_asset: string }>(
    'select quantity::text, cost::text, quote_asset from positions where user_id = $1',
    [userId],
  );
  return rows.map(({ quantity, cost, quote_asset }) => [decimal(quantity), decimal(cost), quote_asset]);
};
const newLog = () => createTradeLog({ pool, store, afterCommit: nothing });
const reckoned = async (trades: readonly Sent[]) => {
  const histories = await store.loadMany(
    pool,
    trades.map(({ tradeId }) => tradeStream(tradeId)),
  );
  const executions = trades.flatMap(({ tradeId }) => {
    const events = (histories.get(tradeStream(tradeId))?.events ?? []) as readonly TradeEvent[];
    return executionsOf(replay(tradeDecider, events)).map((one) => ({ ...one, tradeId }));
  });
  return countFrom(flat, executions.toSorted(inOrder)).map(({ at, tradeId, fillId, realised, after: { quantity, cost } }) => ({
    id: `${tradeId}/${fillId}`,
    at: new Date(at),
    realised,
    after: quantity,
    cost,
  }));
};

let users = 0;
const following = () => ({ userId: `count-${(users += 1)}` as UserId, strategyId: randomUUID() as StrategyId });
const threeTrades = async () => {
  const { userId, strategyId } = following();
  const trades = [
    await sent(userId, strategyId, 'buy', 1),
    await sent(userId, strategyId, 'sell', 2),
    await sent(userId, strategyId, 'buy', 3),
  ] as const;
  return { userId, trades };
};

describe('what came of executions', () => {
  it('is counted with the events that tell of them', async () => {
    const { userId, trades } = await threeTrades();
    const log = newLog();
    const buy = [fill(2, 50_000, 0), fill(4, 50_100, 0)];
    await record(log, trades[0], snapshot(buy, { status: 'filled' }));
    expect(await positionOf(userId)).toEqual([['0.004', '200.2', 'USDT']]);
    await record(log, trades[1], snapshot([fill(6, 50_200, 1_000)], { status: 'filled' }));
    expect((await rowsOf(userId)).map(({ realised }) => realised)).toEqual(['-0.12', '-0.12', '0.18']);
    expect(await positionOf(userId)).toEqual([['0.002', '100.1', 'USDT']]);
  });

  it('is the same in whatever order, however often and however grouped facts come', async () => {
    const fillsOf = [0, 1, 2].map((i) =>
      [0, 1, 2].map((n) => fill(10 * i + n, 50_000 + 37 * i + n, 700 * ((3 * i + 5 * n) % 7))),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { maxLength: 12 }),
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 9 }),
        fc.nat(2),
        async (early, order, endsFirst) => {
          const { userId, trades } = await threeTrades();
          const log = newLog();
          const told = (trade: number, n: number) => record(log, trades[trade]!, snapshot([fillsOf[trade]![n]!]));
          for (const [trade, n] of early) await told(trade, n);
          // Its total is told before its fills: what it has beside them is taken back as they come.
          const filled = decimal('0.006');
          await record(log, trades[endsFirst]!, {
            ...snapshot([], { status: 'filled', filled, averagePrice: decimal('50000') }),
          });
          await Promise.all(order.slice(0, 3).map((i) => told(Math.floor(i / 3), i % 3)));
          for (const i of order) await told(Math.floor(i / 3), i % 3);
          const rows = await rowsOf(userId);
          expect(rows).toHaveLength(9);
          expect(rows).toEqual(await reckoned(trades));
          expect(await positionOf(userId)).toEqual([[rows.at(-1)?.after, rows.at(-1)?.cost, 'USDT']]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('comes back with the events of a restored database, and follows from the events of trades of before it was kept', async () => {
    const { userId, trades } = await threeTrades();
    const log = newLog();
    await record(log, trades[1], snapshot([], { status: 'filled', filled: decimal('0.002'), averagePrice: decimal('50000') }));
    await record(log, trades[0], snapshot([fill(2, 50_000, 0)], { status: 'filled' }));
    await record(log, trades[1], snapshot([fill(6, 50_200, 1_000)], { status: 'filled' }));
    const [rows, position] = [await rowsOf(userId), await positionOf(userId)];
    expect(rows).toHaveLength(2);

    await pool.query('delete from executions where user_id = $1', [userId]);
    await pool.query("update trades set uncounted = filled <> '0' where user_id = $1", [userId]);
    await countEarlierTrades(pool, store);
    expect([await rowsOf(userId), await positionOf(userId)]).toEqual([rows, position]);

    // The restored database knew the order's total, and none of its fills.
    await pool.query('delete from executions where user_id = $1', [userId]);
    await pool.query(
      `insert into executions select trade_id, 'e0', 'rest', user_id, strategy_id, exchange, environment, market_type, symbol, 'USDT',
        '2026-01-15T12:00:00Z', -0.002, 50000, null, 0, 0, 0, -0.002, -100 from trades where trade_id = $1`,
      [trades[1].tradeId],
    );
    const { rows: envelopes } = await pool.query('select id, stream_id as streamid from events where stream_id = any($1)', [
      trades.map(({ tradeId }) => tradeStream(tradeId)),
    ]);
    await withTransaction(pool, (tx) => projectImported(store)(tx, envelopes as never));
    expect([await rowsOf(userId), await positionOf(userId)]).toEqual([rows, position]);
  });
});
