import { randomUUID } from 'node:crypto';
import { eventually, nats, ownPostgres, type OwnPostgres, type SpecNats } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventStore } from '../store/event-store.js';
import { createGroupAppender } from '../store/group-appender.js';
import { makeStream, specBroker, streamContent, upTo, type SpecBroker } from '../testing/broker-fixture.js';
import { logDatabase, metadata, quiet, strategyCreated, type LogDatabase } from '../testing/fixture.js';
import { gatewayKey } from '../testing/signing-fixture.js';
import { createRelay, type Relay } from './relay.js';

let postgres: OwnPostgres;
let server: SpecNats;
let broker: SpecBroker;
let db: LogDatabase;
let relay: Relay;

beforeAll(async () => {
  [postgres, server] = await Promise.all([ownPostgres({ durability: 'full' }), nats({ open: true, own: true })]);
  db = await logDatabase('gateway', '', postgres.database);
  broker = await specBroker(server.url);
  await makeStream(broker.raw);
});
afterAll(async () => {
  await relay.stop();
  await broker.close();
  await db.remove();
  await Promise.all([postgres.remove(), server.remove()]);
});

describe('Postgres killed in the middle of things', () => {
  it('loses nothing that was acknowledged, and the log goes on without a gap', async () => {
    const pool = db.pool;
    relay = createRelay({
      ...gatewayKey,
      pool,
      service: 'gateway',
      broker,
      log: quiet,
      holder: 'one',
      leaseMs: 900,
      pollMs: 5,
      tickMs: 100,
    });
    relay.start();
    const submit = createGroupAppender({
      pool,
      store: createEventStore({ service: 'gateway' }),
      maxWaitMs: 1,
      afterCommit: relay.wake,
    });
    const codes = new Set<string>();
    const acknowledged: string[] = [];
    let appending = true;
    const append = async () => {
      while (appending) {
        const job = {
          streamId: `strategy-${randomUUID()}`,
          expectedVersion: 0,
          events: [strategyCreated()],
          metadata: metadata(),
        };
        await submit({ appends: [job] }).then(
          ([recorded]) => acknowledged.push(recorded!.id),
          (error: { code: string }) => codes.add(error.code),
        );
      }
    };
    const appenders = Array.from({ length: 8 }, append);
    await eventually(() => acknowledged.length > 100 && relay.status().compared);
    await postgres.kill();
    await eventually(() => codes.size > 0);
    await eventually(() => !relay.status().compared); // what answers next may be an older copy
    await postgres.start();
    await eventually(() => relay.status().compared, { timeoutMs: 30_000 });
    const before = acknowledged.length;
    await eventually(() => acknowledged.length > before + 100, { timeoutMs: 30_000 });
    appending = false;
    await Promise.all(appenders);
    expect([...codes]).toEqual(['event_store.database_unavailable']);
    await eventually(
      async () => {
        const published = (await streamContent(broker.raw)).map(({ envelope }) => envelope);
        expect(published.map(({ logseq }) => logseq)).toEqual(upTo(published.length));
        const ids = new Set(published.map(({ id }) => id as string));
        expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      },
      { timeoutMs: 30_000, everyMs: 500 },
    );
  });
});
