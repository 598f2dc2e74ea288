import { randomUUID } from 'node:crypto';
import { streamOf } from '@latchkey/contracts';
import { database, eventually, nats, type SpecNats } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { jetstreamManager } from '@nats-io/jetstream';
import { publishBatch } from '../broker/publish-batch.js';
import { claimLeases } from '../lease/leases.js';
import { withTransaction } from '../postgres/transaction.js';
import { logseqsOf, makeStream, specBroker, streamContent, upTo, type SpecBroker } from '../testing/broker-fixture.js';
import { appendSome, logDatabase, quiet, signalReceived, strategyCreated, type LogDatabase } from '../testing/fixture.js';
import { gatewayKey } from '../testing/signing-fixture.js';
import { numberEvents, underLease } from './numbering.js';
import { createRelay, type Relay } from './relay.js';

let server: SpecNats;
let broker: SpecBroker;
let db: LogDatabase;
let relays: Relay[];

beforeAll(async () => {
  server = await nats({ open: true, own: true });
});
afterAll(() => server.remove());
beforeEach(async () => {
  db = await logDatabase();
  broker = await specBroker(server.url);
  relays = [];
  await makeStream(broker.raw);
});
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  const manager = await jetstreamManager(broker.raw);
  await manager.streams.delete(streamOf('gateway'));
  await broker.close();
  await db.remove();
});

const leaseMs = 900;
const relayOf = (holder: string = randomUUID(), pool = db.pool): Relay => {
  const relay = createRelay({
    ...gatewayKey,
    pool,
    service: 'gateway',
    broker,
    log: quiet,
    holder,
    leaseMs,
    pollMs: 20,
    tickMs: 150,
  });
  relays.push(relay);
  relay.start();
  return relay;
};
const published = (numbers: readonly number[]) => eventually(async () => expect(await logseqsOf(broker.raw)).toEqual(numbers));

describe('the relay', () => {
  it('publishes what was committed, numbered without a gap, each subject chained to what came before', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await appendSome(db.pool, [
      strategyCreated('a'),
      signalReceived(one),
      signalReceived(other),
      signalReceived(one, 2),
      strategyCreated('b'),
    ]);
    relayOf();
    await published(upTo(5));
    const content = await streamContent(broker.raw);
    const lastOf = new Map<string, number>();
    for (const { envelope } of content) {
      expect(envelope.prev).toBe(lastOf.get(envelope.subject) ?? 0);
      lastOf.set(envelope.subject, envelope.logseq);
    }
    expect(content.map(({ envelope }) => envelope.epoch)).toEqual([1, 1, 1, 1, 1]);
    await appendSome(db.pool, [strategyCreated('c')]);
    await published(upTo(6));
    const last = (await streamContent(broker.raw)).at(-1)!;
    expect(last.envelope).toMatchObject({ prev: 5, type: 'StrategyCreated', data: { name: 'c' }, source: '/latchkey/gateway' });
    expect(last.headers).not.toContain('Nats-Msg-Id');
  });

  it('numbers a late commit after what was committed before it, and leaves no gap for what was rolled back', async () => {
    relayOf();
    let finish: () => void = () => undefined;
    const late = withTransaction(db.pool, async (tx) => {
      await appendSome(tx, [strategyCreated('late')]); // the smallest position
      await new Promise<void>((resolve) => (finish = resolve));
    });
    await withTransaction(db.pool, async (tx) => {
      await appendSome(tx, 3);
      throw new TypeError('rolled back on purpose');
    }).catch(() => undefined);
    await appendSome(db.pool, [strategyCreated('early')]);
    await published([1]);
    finish();
    await late;
    await published([1, 2]);
    const names = (await streamContent(broker.raw)).map(({ envelope }) => (envelope.data as { name: string }).name);
    expect(names).toEqual(['early', 'late']);
  });

  it('does not wait for an idle writer of another database', async () => {
    const elsewhere = await database('audit', { sql: 'create table t (n int); grant insert on t to audit' });
    const writer = new Client({ connectionString: elsewhere.url });
    await writer.connect();
    await writer.query('begin; insert into t values (1)');
    relayOf();
    await appendSome(db.pool, 2);
    await published([1, 2]);
    await writer.end();
    await elsewhere.drop();
  });

  it('goes on where the stream ends when it crashed between publishing and its checkpoint, or between numbering and publishing', async () => {
    const first = relayOf();
    await appendSome(db.pool, 3);
    await published(upTo(3));
    await first.stop();
    await db.admin(`update relay_checkpoints set last_seq = 1, logseq = 1`);
    await appendSome(db.pool, 2);
    const [lease] = await claimLeases(db.pool, { names: ['relay:gateway'], holder: 'crashes', ttlMs: 200 });
    await numberEvents(db.pool, { lease: lease!, holder: 'crashes', leaseMs: 200 }, 10);
    relayOf();
    await appendSome(db.pool, 1);
    await published(upTo(6));
  });

  it('carries thousands at once, in order', async () => {
    await appendSome(db.pool, 1500);
    relayOf();
    const manager = await jetstreamManager(broker.raw);
    await eventually(async () => expect((await manager.streams.info(streamOf('gateway'))).state.messages).toBe(1500));
    const ordered = await db.admin('select count(*)::int as n from events where logseq = position');
    expect(ordered).toEqual([{ n: 1500 }]);
    await published(upTo(1500));
  });
});

describe('two relays', () => {
  it('publish everything once, whoever of them holds the lease', async () => {
    const [first] = [relayOf('first'), relayOf('second', db.anotherPool())];
    for (let round = 0; round < 20; round += 1) {
      await Promise.all([appendSome(db.pool, 5), appendSome(db.pool, 5)]);
      if (round === 7) await first?.stop();
      if (round === 14) first?.start();
    }
    await published(upTo(200));
    expect(new Set((await streamContent(broker.raw)).map(({ envelope }) => envelope.id)).size).toBe(200);
  });

  it('are kept apart by the stream itself when one froze before it published', async () => {
    await appendSome(db.pool, 2);
    const [frozen] = await claimLeases(db.pool, { names: ['relay:gateway'], holder: 'frozen', ttlMs: 200 });
    const old = { lease: frozen!, holder: 'frozen', leaseMs: 200 };
    await numberEvents(db.pool, old, 10);
    relayOf('second');
    await published([1, 2]);
    const stale = publishBatch(broker.raw, [{ subject: 'evt.gateway.strategy.created', payload: '{}', headers: {} }], 0);
    await expect(stale).rejects.toMatchObject({ code: 'event_store.publish_refused', details: { brokerCode: 10_071 } });
    const batch = ['a', 'b'].map((payload) => ({ subject: 'evt.gateway.strategy.created', payload, headers: {} }));
    await expect(publishBatch(broker.raw, batch, 0)).rejects.toMatchObject({ code: 'event_store.publish_refused' });
    await appendSome(db.pool, 1);
    await expect(numberEvents(db.pool, old, 10)).rejects.toMatchObject({ code: 'event_store.lease_lost' });
    await published([1, 2, 3]);
  });

  it('are not held up by one that froze inside its transaction', async () => {
    const ttlMs = 1_500; // long enough to begin under it on a busy machine
    const [frozen] = await claimLeases(db.pool, { names: ['relay:gateway'], holder: 'frozen', ttlMs });
    let thaw: () => void = () => undefined;
    const inside = underLease(db.anotherPool(), { lease: frozen!, holder: 'frozen', leaseMs: ttlMs }, async () => {
      await new Promise<void>((resolve) => (thaw = resolve));
    });
    const outcome = inside.catch((error: { code?: string }) => error.code);
    await appendSome(db.pool, 2);
    relayOf('second');
    await published([1, 2]);
    thaw();
    expect(await outcome).toBe('event_store.database_unavailable');
  });
});

describe('what a relay knows of its database', () => {
  it('is nothing while another one holds the lease and has not compared since', async () => {
    await claimLeases(db.pool, { names: ['relay:gateway'], holder: 'other', ttlMs: 60_000 });
    await db.admin(
      `insert into relay_checkpoints (stream, created, last_seq, deleted, logseq, saved_at) values ($1, '', 0, 0, 0, now() - interval '1 h')`,
      [streamOf('gateway')],
    );
    const pool = db.anotherPool();
    const queries = vi.spyOn(pool, 'query');
    const relay = relayOf('standing by', pool);
    const rounds = () => queries.mock.calls.filter((call) => JSON.stringify(call).includes('relay_checkpoints')).length;
    await eventually(() => relay.status().state === 'standby' && rounds() > 2);
    expect(relay.status().compared).toBe(false);
    await db.admin('update relay_checkpoints set saved_at = clock_timestamp()'); // the other one has compared
    await eventually(() => relay.status().compared);
  });

  it('is what it, or the other one, has compared', async () => {
    const one = relayOf();
    await eventually(() => one.status().state === 'running');
    expect(one.status().compared).toBe(true);
    const other = relayOf();
    await eventually(() => other.status().state === 'standby');
    await eventually(() => other.status().compared);
  });
});
