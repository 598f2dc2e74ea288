import { randomUUID } from 'node:crypto';
import { eventually } from '@latchkey/testkit';
import { withTransaction } from '@latchkey/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, signalReceived } from './testing/executor-fixture.js';

type Fixture = Awaited<ReturnType<typeof executorFixture>>;

describe('how the work stands', () => {
  let fixture: Fixture;
  let executor: Executor;
  beforeAll(async () => {
    fixture = await executorFixture();
  });
  afterAll(() => fixture?.close());

  const eventsOf = async (type: string) =>
    (
      await fixture.pool.query<{ data: Record<string, unknown> }>('select data from events where type = $1 order by position', [
        type,
      ])
    ).rows.map(({ data }) => data);
  const admin = async (sql: string, values: unknown[] = []) => {
    const client = fixture.admin();
    await client.connect();
    try {
      await client.query(sql, values);
    } finally {
      await client.end();
    }
  };

  it('says that nobody held any partition before the first executor came, and that all have one afterwards', async () => {
    // As after the end of every executor: leases that ran out 20 s ago.
    await fixture.pool.query(
      `insert into leases (name, holder, epoch, expires_at)
       select 'partition-p' || lpad(n::text, 2, '0'), 'gone', 1, clock_timestamp() - interval '20 s' from generate_series(0, 63) n`,
    );
    executor = await fixture.startExecutor();
    await eventually(async () => expect(await eventsOf('PartitionsUnowned')).toHaveLength(1));
    const [unowned] = await eventsOf('PartitionsUnowned');
    expect(unowned?.['partitions']).toHaveLength(64);
    expect(Date.parse(String(unowned?.['since']))).toBeLessThan(Date.now() - 15_000);
    await eventually(async () => expect((await executor.useCases.work()).partitions.unowned).toEqual([]));
    await executor.watchWork();
    expect(await eventsOf('PartitionsOwned')).toHaveLength(1);
    await executor.watchWork();
    expect(await eventsOf('PartitionsOwned')).toHaveLength(1);
    expect(fixture.lines).toContainEqual(
      expect.objectContaining({ facts: expect.objectContaining({ alarm: 'partitions.unowned' }) as object }),
    );
  });

  it('tells executors, partitions and venues', async () => {
    await eventually(async () => {
      const { executors, venues } = await executor.useCases.work();
      expect(executors).toEqual([{ name: expect.stringMatching(/^spec\//) as string, partitions: 64 }]);
      expect(venues.filter(({ environment }) => environment === 'live')).toHaveLength(4);
      for (const venue of venues)
        expect(venue).toMatchObject({ markets: 'loaded', clockOffsetMs: expect.any(Number) as number, pausedUntil: null });
    });
  });

  it('starts without a venue that is down, and has its time and markets when it is back: a failed load is no lasting one', async () => {
    const paths = ['/api/v3/exchangeInfo', '/api/v3/time'];
    for (const path of paths)
      await fixture.control('POST', '/faults', { kind: 'status', params: { status: 503 }, path, method: 'GET', times: 10_000 });
    const other = await fixture.startExecutor('late-venue');
    const spot = async () =>
      (await other.useCases.work()).venues.find(
        ({ exchange, environment, marketType }) => `${exchange} ${environment} ${marketType}` === 'binance live spot',
      );
    await eventually(async () => {
      const { requests } = await fixture.control<{ requests: Record<string, Record<string, number>> }>('GET', '/stats');
      for (const path of paths) expect(requests[path]?.['503'] ?? 0).toBeGreaterThan(1);
    });
    expect(await spot()).toMatchObject({ markets: 'loading', clockOffsetMs: null });
    await fixture.control('DELETE', '/faults');
    await eventually(async () =>
      expect(await spot()).toMatchObject({ markets: 'loaded', clockOffsetMs: expect.any(Number) as number }),
    );
    await other.stop();
  });

  it('says once that a trade is stuck, in whichever state', async () => {
    await fixture.openAccount('late');
    const strategyId = newStrategyId();
    await fixture.follow(executor, strategyId, 'late');
    await fixture.fault('accept-then-drop');
    await fixture.control('POST', '/faults', {
      kind: 'status',
      params: { status: 503 },
      path: '/api/v3/order',
      method: 'GET',
      times: 1_000,
    });
    const signalId = await fixture.fanOut(executor, signalReceived(strategyId));
    await eventually(async () => expect((await fixture.tradesOf(executor, signalId, 'late'))[0]?.status).toBe('unknown'));
    await executor.watchWork();
    expect(await eventsOf('TradeStuck')).toEqual([]);
    await admin("update trades set submitted_at = submitted_at - interval '4 minutes' where signal_id = $1", [signalId]);
    await executor.watchWork();
    await executor.watchWork();
    const [trade] = await fixture.tradesOf(executor, signalId, 'late');
    expect(await eventsOf('TradeStuck')).toEqual([
      expect.objectContaining({ tradeId: trade?.id, userId: 'late', status: 'unknown' }),
    ]);
    const { stuck, openTrades } = await executor.useCases.work();
    expect(stuck).toMatchObject({ count: 1, trades: [{ tradeId: trade?.id, status: 'unknown', symbol: 'BTCUSDT' }] });
    expect(openTrades).toBe(1);
    await fixture.control('DELETE', '/faults');
    await fixture.settled(executor, signalId, 30_000);
    expect((await executor.useCases.work()).stuck.count).toBe(0);
  });

  it('says that a venue wants to be left alone, once for each pause', async () => {
    await fixture.openAccount('limited');
    const strategyId = newStrategyId();
    await fixture.follow(executor, strategyId, 'limited');
    await fixture.fault('status', { status: 429 });
    await fixture.fanOut(executor, signalReceived(strategyId));
    await eventually(async () => {
      const { venues } = await executor.useCases.work();
      expect(venues.some(({ pausedUntil }) => pausedUntil !== null)).toBe(true);
    });
    await executor.watchWork();
    await executor.watchWork();
    expect(await eventsOf('VenuePaused')).toEqual([
      expect.objectContaining({ exchange: 'binance', environment: 'live', marketType: 'spot' }),
    ]);
  });

  it('says what waits for limits, for which venue and address, and when the venue may be asked again', async () => {
    // It still wants the quiet that it asked for above.
    const where = { host: 'binance', environment: 'live', address: 'system' };
    expect((await executor.useCases.work()).limits).toMatchObject([{ ...where, blockedUntil: expect.any(String) as string }]);
    const spot = executor.exchanges({ exchange: 'binance', environment: 'live', marketType: 'spot' });
    const waits = spot?.lookup(
      { symbol: 'BTCUSDT', clientOrderId: 'waits' },
      { timestamp: Date.now(), recvWindow: 5_000, user: 'waits', urgency: 'lookup', authorize: () => Promise.resolve(undefined) },
    );
    await eventually(
      async () =>
        expect((await executor.useCases.work()).limits).toMatchObject([
          { ...where, waiting: { lookup: expect.any(Number) as number }, oldestSince: expect.any(String) as string },
        ]),
      { timeoutMs: 15_000 },
    );
    await executor.watchWork();
    await executor.watchWork();
    const [held, ...again] = await eventsOf('RequestsHeldBack');
    expect(held).toMatchObject({ ...where, waiting: { lookup: expect.any(Number) as number } });
    expect(held).not.toMatchObject({ waiting: { lookup: 0 } });
    expect(again).toEqual([]);
    await waits;
  });

  it('records a signal that was parked in the transaction that parks it', async () => {
    const parked = { consumer: 'trade-executor-signals', eventId: randomUUID(), subject: 's', deliveries: 5, code: 'unexpected' };
    await withTransaction(fixture.pool, async (tx) => {
      await executor.onParked(tx, parked);
      await executor.onParked(tx, parked); // again, after a replay that failed as well
    });
    const { eventId, deliveries, code } = parked;
    expect(await eventsOf('SignalParked')).toEqual([
      { eventId, deliveries, code },
      { eventId, deliveries, code },
    ]);
  });
});
