import { randomUUID } from 'node:crypto';
import { decodeEnvelope, streamOf } from '@latchkey/contracts';
import { eventually, nats, type SpecNats } from '@latchkey/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logseqsOf, makeStream, specBroker, streamContent, upTo, type SpecBroker } from '../testing/broker-fixture.js';
import { appendSome, logDatabase, metadata, quiet, strategyCreated, type LogDatabase } from '../testing/fixture.js';
import { gatewayKey, pageOf } from '../testing/signing-fixture.js';
import { createEventStore } from '../store/event-store.js';
import type { StreamReader } from '../broker/stream-reader.js';
import { claimLeases } from '../lease/leases.js';
import { createRelay, type Relay } from './relay.js';
import { restoreFromStream } from './restore.js';

let server: SpecNats;
let broker: SpecBroker;
let db: LogDatabase;
let relay: Relay;
let imported: string[];
const store = createEventStore({ service: 'gateway' });

const replay = async (...request: Parameters<Relay['replay']>) => pageOf(await relay.replay(...request));

beforeEach(async () => {
  server = await nats({ open: true, own: true });
  db = await logDatabase();
  broker = await specBroker(server.url);
  imported = [];
  await makeStream(broker.raw);
  relay = createRelay({
    ...gatewayKey,
    pool: db.pool,
    service: 'gateway',
    broker,
    log: quiet,
    holder: randomUUID(),
    leaseMs: 900,
    pollMs: 20,
    tickMs: 150,
    onImported: (_tx, events) => Promise.resolve(void imported.push(...events.map(({ id }) => id))),
  });
  relay.start();
});
afterEach(async () => {
  await relay.stop();
  await broker.close();
  await db.remove();
  await server.remove();
});

const published = (numbers: readonly number[]) =>
  eventually(async () => expect(await logseqsOf(broker.raw)).toEqual(numbers), { timeoutMs: 20_000 });
const manager = () => jetstreamManager(broker.raw);

/** Puts the database back to when it had only `n` events, as restoring an old copy would. */
const restoreDatabase = async (n: number, checkpoint = n) => {
  await db.admin(`begin; set local session_replication_role = replica;
    delete from events where logseq is null or logseq > ${n}; delete from log_epochs;
    delete from streams s where not exists (select from events e where e.stream_id = s.stream_id);
    update streams s set version = (select max(version) from events e where e.stream_id = s.stream_id);
    delete from subject_heads;
    insert into subject_heads select subject, max(logseq) from events group by subject;
    update relay_checkpoints set last_seq = ${checkpoint}, logseq = ${checkpoint}; commit`);
};

describe('a store that lost something', () => {
  it('is refilled when it was wiped, and takes alerts meanwhile', async () => {
    await appendSome(db.pool, 5);
    await published(upTo(5));
    await server.kill();
    await server.wipeStore();
    await appendSome(db.pool, 2);
    await server.start();
    await eventually(() => relay.status().state === 'waiting_for_stream');
    await makeStream(broker.raw);
    await published(upTo(7));
    const content = await streamContent(broker.raw);
    expect(content.map(({ envelope }) => envelope.epoch)).toEqual(Array(7).fill(1));
  });

  it('is brought up to date when an older copy was put back', async () => {
    await appendSome(db.pool, 3);
    await published(upTo(3));
    await server.stop();
    const copy = await server.copyStore();
    await server.start();
    await appendSome(db.pool, 4);
    await published(upTo(7));
    await server.kill();
    await server.restoreStore(copy);
    await server.start();
    await published(upTo(7));
    await appendSome(db.pool, 1);
    await published(upTo(8));
  });

  it('is refilled when it was purged', async () => {
    await appendSome(db.pool, 4);
    await published(upTo(4));
    await (await manager()).streams.purge(streamOf('gateway'));
    await published(upTo(4));
    expect((await streamContent(broker.raw))[0]?.seq).toBe(5);
  });

  it('is not refilled with what it would have let go by now', async () => {
    await appendSome(db.pool, 3);
    await published(upTo(3));
    await db.admin(
      `begin; set local session_replication_role = replica; update events set time = now() - interval '8 days' where logseq <= 2; commit`,
    );
    await (await manager()).streams.purge(streamOf('gateway'));
    await published([3]);
  });

  it('gets again what was deleted inside it, and everything behind it, once', async () => {
    await appendSome(db.pool, 5);
    await published(upTo(5));
    await (await manager()).streams.deleteMessage(streamOf('gateway'), 3);
    await published([1, 2, 4, 5, 3, 4, 5]);
    await appendSome(db.pool, 1);
    await published([1, 2, 4, 5, 3, 4, 5, 6]); // the same hole is not repaired twice
    await (await manager()).streams.deleteMessage(streamOf('gateway'), 8);
    await eventually(async () => expect((await logseqsOf(broker.raw)).at(-1)).toBe(6));
  });
});

describe('a database that was restored', () => {
  it('gets its events back from the stream and goes on in a new epoch, behind what it has taken since', async () => {
    const streamId = `strategy-${randomUUID()}`;
    const append = (expectedVersion: number, name: string) =>
      store.append(db.pool, [{ streamId, expectedVersion, events: [strategyCreated(name)], metadata: metadata() }]);
    await append(0, 'kept');
    await appendSome(db.pool, 2);
    await published(upTo(3));
    const [lost] = await append(1, 'lost');
    await appendSome(db.pool, 1);
    await published(upTo(5));

    await server.stop();
    await restoreDatabase(3);
    await append(1, 'taken since'); // a restored service takes alerts before it sees the broker
    await server.start();
    await published([...upTo(5), 6]);

    const history = await store.load(db.pool, streamId);
    expect(history.events.map(({ data }) => (data as { name: string }).name)).toEqual(['kept', 'taken since', 'lost']);
    expect(imported).toHaveLength(2);
    expect(imported[0]).toBe(lost?.id);
    const last = (await streamContent(broker.raw)).at(-1)!.envelope;
    expect(last).toMatchObject({ epoch: 2, logseq: 6, prev: 5, data: { name: 'taken since' } });
    expect(await db.admin('select logseq, epoch from events order by logseq')).toEqual(
      upTo(6).map((n) => ({ logseq: String(n), epoch: n === 6 ? '2' : '1' })),
    );
    const request = { epoch: 1, from: 4, to: 99 };
    expect((await replay(request)).events.map(({ epoch, logseq }) => [epoch, logseq])).toEqual([[1, 4], [1, 5], [2, 6]]); // prettier-ignore
  });

  it('takes back numbers that it gave twice', async () => {
    await appendSome(db.pool, 4);
    await published(upTo(4));
    await relay.stop();
    await restoreDatabase(2, 2);
    await appendSome(db.pool, [strategyCreated('numbered again')]);
    await db.admin(`update events set logseq = 3, prev = 2, epoch = 1 where logseq is null`);
    relay.start();
    await published([...upTo(4), 5]);
    expect((await streamContent(broker.raw)).at(-1)!.envelope).toMatchObject({ epoch: 2, data: { name: 'numbered again' } });
  });

  it('is repaired by one relay, though the search for what is missing outlasts a lease', async () => {
    await appendSome(db.pool, 2);
    await published(upTo(2));
    await relay.stop();
    const [kept, lost] = (await streamContent(broker.raw)).map(({ envelope }) => envelope);
    await restoreDatabase(1);
    const [lease] = await claimLeases(db.pool, { names: ['relay:gateway'], holder: 'one', ttlMs: 200 });
    let others = 0;
    const searchEnds = performance.now() + 700;
    // A long stream: event after event is known, and at every one of them another relay would take over if it could.
    const eventFrom = async (sequence: number) => {
      others += (await claimLeases(db.pool, { names: ['relay:gateway'], holder: 'other', ttlMs: 200 })).length;
      if (performance.now() < searchEnds) return { sequence, envelope: kept! };
      return sequence > 1_000_000 ? undefined : { sequence: 1_000_000, envelope: lost! };
    };
    const reader = { eventFrom } as unknown as StreamReader;
    const options = { pool: db.pool, relay: { lease: lease!, holder: 'one', leaseMs: 200 } };
    expect(await restoreFromStream('gateway', reader, { known: 0, last: { epoch: 1, logseq: 2 } }, options)).toBe(1);
    expect(others).toBe(0);
  });

  it('is found out by a consumer that has seen more, when the store was wiped too', async () => {
    await appendSome(db.pool, 4);
    await published(upTo(4));
    await restoreDatabase(2);
    await (await manager()).streams.delete(streamOf('gateway'));
    await makeStream(broker.raw);
    await published(upTo(2));
    expect(await replay({ epoch: 1, from: 3, to: 9 })).toMatchObject({ epoch: 1, head: 2, events: [] }); // level with us: nothing follows from it
    expect(await replay({ epoch: 1, from: 5, to: 9 })).toMatchObject({ epoch: 1, head: 2, events: [] });
    await eventually(async () => expect((await replay({ epoch: 1, from: 5, to: 9 })).epoch).toBe(2));
    await appendSome(db.pool, 1);
    await published(upTo(3));
    const answer = await replay({ epoch: 1, from: 5, to: 9 });
    expect(answer.events.map(({ epoch, logseq }) => [epoch, logseq])).toEqual([[2, 3]]);
  });
});

describe('a replay', () => {
  it('gives pages of at most 200, filtered, as they were published', async () => {
    await appendSome(db.pool, 250);
    await published(upTo(250));
    const ask = (from: number, filter?: string) =>
      replay({ epoch: 1, from, to: 10_000, ...(filter === undefined ? {} : { filter }) });
    const first = await ask(1);
    expect(first).toMatchObject({ epoch: 1, head: 250 });
    expect(first.events.map(({ logseq }) => logseq)).toEqual(upTo(200));
    expect((await ask(201)).events).toHaveLength(50);
    expect((await ask(251)).events).toEqual([]);
    expect((await ask(1, 'evt.gateway.strategy.*')).events).toHaveLength(200);
    expect((await ask(1, 'evt.gateway.signal.>')).events).toEqual([]);
    const [stored] = await streamContent(broker.raw);
    expect(decodeEnvelope(JSON.stringify(first.events[0]))).toEqual(stored?.envelope);
    const { text } = await relay.replay({ epoch: 1, from: 1, to: 1 });
    expect(text).toContain(stored?.text);
  });
});
