import { randomUUID } from 'node:crypto';
import type { Envelope } from '@latchkey/contracts';
import { createPool, withTransaction } from '@latchkey/event-store';
import { clientOrderIdOf, entryLeg, systemClock, tradeIdOf, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { database, eventually, type SpecDatabase } from '@latchkey/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executorActor } from '../../app/executor-actor.js';
import type { TradeEvent } from '../../domain/trade/events.js';
import { accepted, closed, request, submitted } from '../../domain/trade/testing/trade-facts.js';
import { createExecutorStore, tradeStream } from './executor-store.js';
import { projectImported } from './imported-events.js';

let db: SpecDatabase | undefined;
let pool: Pool;
const nothing = () => undefined;
const store = createExecutorStore(systemClock);

beforeAll(async () => {
  db = await database('trade-executor');
  pool = createPool({
    url: db.url,
    applicationName: 'import-spec',
    max: 4,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing } as never,
  });
});
afterAll(async () => {
  await pool?.end();
  await db?.drop();
});

/** A trade of a user, bought and filled, with its events in the log and no row. */
const imported = async (user: string): Promise<Pick<Envelope, 'id' | 'streamid'>[]> => {
  const userId = user as UserId;
  const signalId = randomUUID() as SignalId;
  const tradeId = tradeIdOf({ signalId, actionIndex: 0, userId, exchange: 'binance', environment: 'live' });
  const clientOrderId = clientOrderIdOf(tradeId, entryLeg);
  const mine = (event: TradeEvent): TradeEvent => ({ ...event, data: { ...event.data, tradeId, userId } }) as TradeEvent;
  const events: TradeEvent[] = [
    {
      type: 'TradeRequested',
      v: 2,
      data: { ...request, tradeId, userId, signalId, clientOrderId, lane: `${user}/binance/live/spot/BTCUSDT` },
    },
    mine(submitted()),
    mine(accepted()),
    mine(closed('filled', '0.002')),
  ];
  const metadata = { actor: executorActor, correlationId: randomUUID() };
  const recorded = await withTransaction(pool, (tx) =>
    store.append(tx, [{ streamId: tradeStream(tradeId), expectedVersion: 0, events, metadata }]),
  );
  return recorded.map(({ id, streamId }) => ({ id, streamid: streamId }));
};

describe('an import of what a restored database had lost', () => {
  it('restores rows, times and positions', async () => {
    const events = await imported('restored-1');
    await withTransaction(pool, (tx) => projectImported(store)(tx, events as Envelope[]));
    const { rows } = await pool.query<{ status: string; submitted: boolean; settled: boolean; owned: string }>(
      `select status, submitted_at is not null as submitted, settled_at is not null as settled, owned_change::text as owned
        from trades where user_id = 'restored-1'`,
    );
    expect(rows).toMatchObject([{ status: 'filled', submitted: true, settled: true }]);
    const positions = await pool.query<{ quantity: string; last_sequence: number }>(
      "select quantity::text, last_sequence from positions where user_id = 'restored-1'",
    );
    expect(positions.rows).toEqual([{ quantity: rows[0]?.owned, last_sequence: 7 }]);
  });

  it('takes positions in the order of groups, so that neither waits for the other for good', async () => {
    const users = ['import-a', 'import-b'];
    for (const user of users)
      await pool.query(
        `insert into positions (user_id, strategy_id, exchange, environment, market_type, symbol, quantity, changed_at)
          values ($1, $2, 'binance', 'live', 'spot', 'BTCUSDT', 0, now())`,
        [user, request.strategyId satisfies StrategyId],
      );
    const [first, second] = [await imported('import-a'), await imported('import-b')];
    const group = await pool.connect();
    try {
      const take = (user: string) => group.query('update positions set quantity = quantity where user_id = $1', [user]);
      await group.query('begin');
      await take('import-a');
      // In the order of streams the other one comes first.
      const importing = withTransaction(pool, (tx) => projectImported(store)(tx, [...second, ...first] as Envelope[]));
      await eventually(async () =>
        expect(
          (await pool.query("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"))
            .rowCount,
        ).toBe(1),
      );
      await take('import-b');
      await group.query('commit');
      await importing;
    } finally {
      group.release();
    }
    const { rows } = await pool.query('select user_id from positions where user_id = any($1) and quantity > 0 order by 1', [
      users,
    ]);
    expect(rows).toHaveLength(2);
  });
});
