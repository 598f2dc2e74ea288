import { withTransaction } from '@latchkey/event-store';
import { eventually } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPartitionLeases } from './adapters/postgres/partition-leases.js';
import { holdPartitions } from './app/hold-partitions.js';
import type { Executor } from './executor.js';
import { executorFixture, newStrategyId, signalReceived, type ExecutorFixture } from './testing/executor-fixture.js';

let fixture: ExecutorFixture;
let users = 0;

beforeAll(async () => {
  fixture = await executorFixture();
});
afterEach(async () => {
  await fixture.control('DELETE', '/faults');
});
afterAll(() => fixture.close());

const started: Executor[] = [];
const start = async (instance: string): Promise<Executor> => {
  const executor = await fixture.startExecutor(instance);
  started.push(executor);
  return executor;
};
const stopAll = async () => {
  for (const executor of started.splice(0)) await executor.stop();
};
afterEach(stopAll);

const oneFollower = async (executor: Executor) => {
  const strategyId = newStrategyId();
  const userId = `taken-${(users += 1)}`;
  const apiKey = await fixture.openAccount(userId);
  await fixture.follow(executor, strategyId, userId);
  return { strategyId, userId, apiKey };
};
const ordersOf = async (apiKey: string) => (await fixture.book()).filter((order) => order.apiKey === apiKey);
const submitted = (apiKeyOwner: string) =>
  eventually(async () => {
    const found = await fixture.pool.query(`select from events where type = 'OrderSubmitted' and data->>'userId' = $1`, [
      apiKeyOwner,
    ]);
    return (found.rowCount ?? 0) > 0;
  });

/** The first executor goes on in its own time, as one that was frozen; its partitions are somebody else's now. */
const loseEverything = async (executor: Executor) => {
  await executor.partitions.stop();
};

describe('an executor that lost its partition between committing an attempt and sending it', () => {
  it('and sends it within its window: one order, which its successor finds', async () => {
    const first = await start('first');
    const { strategyId, userId, apiKey } = await oneFollower(first);
    const answer = fixture.vault.holdBack();
    const signalId = await fixture.fanOut(first, signalReceived(strategyId));
    await submitted(userId);
    await loseEverything(first);
    const second = await start('second');
    await eventually(() => second.partitions.held().size === 64);
    answer();
    expect(await fixture.settled(second, signalId)).toEqual({ filled: 1 });
    expect(await ordersOf(apiKey)).toHaveLength(1);
    const [trade] = await fixture.tradesOf(second, signalId, userId);
    expect(await fixture.eventTypes(trade!.id)).toEqual([
      'TradeRequested',
      'OrderSubmitted',
      'OrderOutcomeUnknown',
      'OrderAccepted',
      'OrderFilled',
      'OrderClosed',
    ]);
  });

  it('and wants to send it when its window has passed: it sends nothing, and its successor proves the absence before it sends', async () => {
    const first = await start('first');
    const { strategyId, userId, apiKey } = await oneFollower(first);
    const answer = fixture.vault.holdBack();
    const signalId = await fixture.fanOut(first, signalReceived(strategyId));
    await submitted(userId);
    await loseEverything(first);
    const second = await start('second');
    await eventually(() => second.partitions.held().size === 64);
    const before = fixture.vault.signedOrders().length;
    const windowEnds = Date.now() + 5_100;
    await eventually(() => Date.now() > windowEnds, { timeoutMs: 10_000 });
    answer();
    expect(await fixture.settled(second, signalId, 40_000)).toEqual({ filled: 1 });
    expect(await ordersOf(apiKey)).toHaveLength(1);
    expect(fixture.vault.signedOrders()).toHaveLength(before + 1);
    const [trade] = await fixture.tradesOf(second, signalId, userId);
    expect(await fixture.eventTypes(trade!.id)).toEqual([
      'TradeRequested',
      'OrderSubmitted',
      'OrderOutcomeUnknown',
      'OrderAbsenceProven',
      'OrderSubmitted',
      'OrderAccepted',
      'OrderFilled',
      'OrderClosed',
    ]);
  });
});

describe('an executor that lost its partition while its order was under way', () => {
  it('records nothing any more; its successor finds the order', async () => {
    const first = await start('first');
    const { strategyId, userId, apiKey } = await oneFollower(first);
    await fixture.fault('delay', { ms: 1_500 }, { apiKey });
    const signalId = await fixture.fanOut(first, signalReceived(strategyId));
    await submitted(userId);
    await loseEverything(first);
    const second = await start('second');
    expect(await fixture.settled(second, signalId)).toEqual({ filled: 1 });
    expect(await ordersOf(apiKey)).toHaveLength(1);
    const [trade] = await fixture.tradesOf(second, signalId, userId);
    const types = await fixture.eventTypes(trade!.id);
    expect(types.filter((type) => type === 'OrderSubmitted')).toHaveLength(1);
    expect(types.filter((type) => type === 'OrderFilled')).toHaveLength(1);
  });
});

describe('partitions', () => {
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const partitionsOf = (holder: string, isBusy: () => boolean) =>
    holdPartitions({
      leases: createPartitionLeases({ pool: fixture.pool, holder }),
      log: quiet,
      isBusy,
      onTaken: () => undefined,
      everyMs: 50,
      patienceMs: 400,
    });

  it('are shared evenly, and taken over from who stops', async () => {
    const first = await start('first');
    await eventually(() => first.partitions.held().size === 64);
    const second = await start('second');
    await eventually(() => first.partitions.held().size === 32 && second.partitions.held().size === 32);
    const both = [...first.partitions.held().keys(), ...second.partitions.held().keys()];
    expect(new Set(both).size).toBe(64);
    await first.stop();
    await eventually(() => second.partitions.held().size === 64, { timeoutMs: 15_000 });
  });

  it('are given away by who is cut off, if there is somebody else, and shared again when it is back', async () => {
    const cutOff = new Set<string>();
    const startAs = async (instance: string) => {
      const executor = await fixture.startExecutor(instance, () => !cutOff.has(instance));
      started.push(executor);
      return executor;
    };
    const first = await startAs('first');
    await eventually(() => first.partitions.held().size === 64);
    const second = await startAs('second');
    await eventually(() => second.partitions.held().size === 32);
    cutOff.add('first');
    await eventually(() => first.partitions.held().size === 0 && second.partitions.held().size === 64);
    cutOff.add('second'); // nobody is better off with them than it is
    cutOff.delete('first');
    await eventually(() => first.partitions.held().size === 64 && second.partitions.held().size === 0);
    cutOff.add('first');
    const { rows } = await eventually(async () => {
      const alive = await fixture.pool.query('select count(*)::int as alive from executors where expires_at > clock_timestamp()');
      return alive.rows[0].alive === 0 && alive;
    });
    expect(rows).toEqual([{ alive: 0 }]);
    expect(first.partitions.held().size).toBe(64);
    cutOff.clear();
    await eventually(() => first.partitions.held().size === 32 && second.partitions.held().size === 32);
  });

  it('are shared evenly among any number, the last to come included', async () => {
    const all = Array.from({ length: 12 }, (_, index) => partitionsOf(`one-of-many-${index}`, () => false));
    try {
      for (const one of all) one.start();
      const sizes = () => all.map(({ held }) => held().size).toSorted((a, b) => a - b);
      await eventually(() => expect(sizes()).toEqual([5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6]));
    } finally {
      await Promise.all(all.map(({ stop }) => stop()));
    }
  });

  it('with work that does not end are given to a newcomer all the same, once that had its time', async () => {
    const busy = partitionsOf('busy', () => true);
    const newcomer = partitionsOf('newcomer', () => false);
    busy.start();
    try {
      await eventually(() => busy.held().size === 64);
      newcomer.start();
      await eventually(() => busy.held().size === 32); // nothing new is begun on the others
      expect(newcomer.held().size).toBe(0);
      await eventually(() => newcomer.held().size === 32);
      expect(busy.held().size).toBe(32);
    } finally {
      await Promise.all([busy.stop(), newcomer.stop()]);
    }
  });

  it('of an executor that died without a word are taken over when their leases run out', async () => {
    await fixture.pool.query(
      `insert into leases (name, holder, epoch, expires_at) select 'partition-p' || lpad(n::text, 2, '0'), 'dead', 7, clock_timestamp() + interval '2 s' from generate_series(0, 63) n
       on conflict (name) do update set holder = 'dead', epoch = leases.epoch + 1, expires_at = excluded.expires_at`,
    );
    const heir = await start('heir');
    expect(heir.partitions.held().size).toBe(0);
    await eventually(() => heir.partitions.held().size === 64, { timeoutMs: 15_000 });
  });
});

describe('a database that was restored', () => {
  const asAdmin = async (work: (admin: ReturnType<ExecutorFixture['admin']>) => Promise<unknown>) => {
    const admin = fixture.admin();
    try {
      await admin.connect();
      await work(admin);
    } finally {
      await admin.end();
    }
  };
  // Else the next spec's signals, too, would have been received about when the database was restored.
  afterEach(() => asAdmin((admin) => admin.query('delete from log_epochs')));

  /** What a restore does to the executor: the newest rows and events are gone, and, once it was found out, another epoch has begun. */
  const restoreTo = (version: number, tradeId: string, foundOut = true) =>
    asAdmin(async (admin) => {
      await admin.query('alter table events disable trigger all');
      await admin.query('delete from events where stream_id = $1 and version > $2', [`trade-${tradeId}`, version]);
      await admin.query('alter table events enable trigger all');
      await admin.query('update streams set previous = $2 - 1, version = $2 where stream_id = $1', [`trade-${tradeId}`, version]);
      await admin.query(`update trades set open = true, status = 'requested', version = $2 where trade_id = $1`, [
        tradeId,
        version,
      ]);
      if (!foundOut) return;
      await admin.query('insert into log_epochs (epoch, first_logseq) select coalesce(max(epoch), 1) + 1, 1 from log_epochs');
    });

  it('does not send again what it no longer knows that it sent', async () => {
    const first = await start('first');
    const { strategyId, userId, apiKey } = await oneFollower(first);
    const signalId = await fixture.fanOut(first, signalReceived(strategyId));
    await fixture.settled(first, signalId);
    const [trade] = await fixture.tradesOf(first, signalId, userId);
    await stopAll();
    await restoreTo(1, trade!.id);
    const second = await start('second');
    expect(await fixture.settled(second, signalId)).toEqual({ filled: 1 });
    expect(await fixture.eventTypes(trade!.id)).toEqual([
      'TradeRequested',
      'OrderSubmitted',
      'OrderOutcomeUnknown',
      'OrderAccepted',
      'OrderFilled',
      'OrderClosed',
    ]);
    expect(await ordersOf(apiKey)).toHaveLength(1);
  });

  it('nor when the vault has forgotten it too, and the gateway’s clock was ahead', async () => {
    const first = await start('first');
    const { strategyId, userId, apiKey } = await oneFollower(first);
    const receivedAt = new Date(Date.now() + 1_500).toISOString();
    const signalId = await fixture.fanOut(first, signalReceived(strategyId, { receivedAt }));
    await fixture.settled(first, signalId);
    const [trade] = await fixture.tradesOf(first, signalId, userId);
    await stopAll();
    await restoreTo(1, trade!.id);
    fixture.vault.forgetAttempts();
    const second = await start('second');
    expect(await fixture.settled(second, signalId)).toEqual({ filled: 1 });
    expect(await ordersOf(apiKey)).toHaveLength(1);
  });

  it('asks the venue when the vault knows of an attempt that the log has lost, also before the restore was found out', async () => {
    const first = await start('first');
    const { strategyId, userId, apiKey } = await oneFollower(first);
    const signalId = await fixture.fanOut(first, signalReceived(strategyId));
    await fixture.settled(first, signalId);
    const [trade] = await fixture.tradesOf(first, signalId, userId);
    await stopAll();
    await restoreTo(1, trade!.id, false);
    const second = await start('second');
    expect(await fixture.settled(second, signalId)).toEqual({ filled: 1 });
    expect(await fixture.eventTypes(trade!.id)).toEqual([
      'TradeRequested',
      'OrderSubmitted',
      'OrderOutcomeUnknown',
      'OrderAccepted',
      'OrderFilled',
      'OrderClosed',
    ]);
    expect(await ordersOf(apiKey)).toHaveLength(1);
  });

  it('has its rows back with the events that come back', async () => {
    const first = await start('first');
    const { strategyId, userId } = await oneFollower(first);
    const signalId = await fixture.fanOut(first, signalReceived(strategyId));
    await fixture.settled(first, signalId);
    const rows = async () => ({
      trades: (await fixture.pool.query('select * from trades where signal_id = $1', [signalId])).rows,
      followings: (await fixture.pool.query('select * from followings where strategy_id = $1', [strategyId])).rows,
      lanes: (await fixture.pool.query('select * from lanes where lane like $1', [`${userId}/%`])).rows,
    });
    const before = await rows();
    await asAdmin(async (admin) => {
      await admin.query('delete from trades where signal_id = $1', [signalId]);
      await admin.query('delete from followings where strategy_id = $1', [strategyId]);
      await admin.query('delete from lanes where lane like $1', [`${userId}/%`]);
    });
    const streams = [`trade-${before.trades[0].trade_id}`, `following-${strategyId}-${userId}`];
    const events = await fixture.pool.query(
      'select id, stream_id as streamid from events where stream_id = any($1) order by position',
      [streams],
    );
    await withTransaction(fixture.pool, (tx) => first.onImported(tx, events.rows));
    expect(await rows()).toEqual(before);
  });
});
