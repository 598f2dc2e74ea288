import { randomUUID } from 'node:crypto';
import { databaseOf } from '@latchkey/contracts';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimLeases, type HeldLease } from '../lease/leases.js';
import { withTransaction } from '../postgres/transaction.js';
import { logDatabase, metadata, strategyCreated, type LogDatabase } from '../testing/fixture.js';
import type { Projection } from './append-under-leases.js';
import { createEventStore } from './event-store.js';

const hour = 3_600_000;
const store = createEventStore({ service: 'gateway', clock: { now: () => Date.UTC(2026, 10, 22, 9, 0, 0, 7) } });
const named = () => `strategy-${randomUUID()}`;
const append = (streamId: string, expectedVersion: number, lease: HeldLease) => ({
  streamId,
  expectedVersion,
  events: [strategyCreated('a')],
  metadata: metadata(),
  lease,
});
/** Notes the streams that were written. */
const noting = (streamIds: readonly string[]): Projection => ({
  name: 'spec-write',
  queries: `noted as (
    insert into noted (stream_id, at) select stream_id, heads.at from unnest($20::text[]) as n (stream_id) join heads using (stream_id)
  )`,
  value: streamIds,
});

let db: LogDatabase;
const leaseOf = async (holder = 'me'): Promise<HeldLease> => {
  const [lease] = await claimLeases(db.pool, { names: [`spec:${randomUUID()}`], holder, ttlMs: hour });
  return lease as HeldLease;
};
const noted = async (): Promise<readonly string[]> =>
  (await db.admin<{ stream_id: string }>('select stream_id from noted')).map(({ stream_id }) => stream_id);

beforeAll(async () => {
  const role = databaseOf('gateway');
  db = await logDatabase(
    'gateway',
    `create table noted (stream_id text, at timestamptz); grant select, insert on noted to ${role}`,
  );
});
afterAll(() => db.remove());

describe('an append under leases', () => {
  it('writes the events and what follows from them, in one statement', async () => {
    const lease = await leaseOf();
    const [a, b] = [named(), named()];
    const { appended, lost } = await store.appendUnder(db.pool, [append(a, 0, lease), append(b, 0, lease)], noting([a, b]));
    expect(lost).toEqual([]);
    expect(appended.map(({ streamId, version }) => [streamId, version])).toEqual([
      [a, 1],
      [b, 1],
    ]);
    expect((await store.load(db.pool, a)).events).toEqual(appended.filter(({ streamId }) => streamId === a));
    expect(await noted()).toEqual(expect.arrayContaining([a, b]));
    const [row] = await db.admin<{ at: Date }>('select at from noted where stream_id = $1', [a]);
    expect(row?.at.toISOString()).toBe(appended[0]?.time);
  });

  it('leaves alone what has moved on, and what follows from it', async () => {
    const lease = await leaseOf();
    const [moved, still] = [named(), named()];
    await store.appendUnder(db.pool, [append(moved, 0, lease)], noting([]));
    const { appended, lost } = await store.appendUnder(
      db.pool,
      [append(moved, 0, lease), append(still, 0, lease)],
      noting([moved, still]),
    );
    expect(lost).toEqual([]);
    expect(appended.map(({ streamId }) => streamId)).toEqual([still]);
    expect(await noted()).toContain(still);
    expect(await noted()).not.toContain(moved);
  });

  it('writes nothing under a lease that somebody else holds, or that never was, and names it', async () => {
    const [lease, other] = [await leaseOf(), await leaseOf()];
    await db.admin('update leases set epoch = epoch + 1, holder = $2 where name = $1', [lease.name, 'another']);
    const none = { name: 'spec:none', epoch: 1 };
    const [lost, unknown, held] = [named(), named(), named()];
    const answer = await store.appendUnder(
      db.pool,
      [append(lost, 0, lease), append(unknown, 0, none), append(held, 0, other)],
      noting([lost, unknown, held]),
    );
    expect(answer.appended.map(({ streamId }) => streamId)).toEqual([held]);
    expect(answer.lost).toHaveLength(2);
    expect(answer.lost).toEqual(expect.arrayContaining([lease, none]));
    expect(await noted()).not.toEqual(expect.arrayContaining([lost]));
    expect(await store.version(db.pool, lost)).toBe(0);
  });

  it('tells the lease that was lost from the one that came after it, when both are written under at once', async () => {
    const stale = await leaseOf();
    await db.admin('update leases set epoch = epoch + 1 where name = $1', [stale.name]);
    const fresh = { ...stale, epoch: stale.epoch + 1 };
    const [late, written] = [named(), named()];
    const answer = await store.appendUnder(db.pool, [append(late, 0, stale), append(written, 0, fresh)], noting([late, written]));
    expect(answer.lost).toEqual([stale]);
    expect(answer.appended.map(({ streamId }) => streamId)).toEqual([written]);
    expect(await store.version(db.pool, late)).toBe(0);
  });

  it('waits for a take-over that is under way, and is then too late', async () => {
    const lease = await leaseOf();
    const stream = named();
    const writing = await withTransaction(db.pool, async (tx) => {
      await tx.query('update leases set epoch = epoch + 1 where name = $1', [lease.name]);
      const answer = store.appendUnder(db.anotherPool(), [append(stream, 0, lease)], noting([stream]));
      await eventually(async () =>
        expect(
          await db.admin("select from pg_stat_activity where wait_event_type = 'Lock' and query like '%held as%'"),
        ).toHaveLength(1),
      );
      return { answer };
    });
    expect(await writing.answer).toEqual({ appended: [], lost: [lease] });
    expect(await store.version(db.pool, stream)).toBe(0);
  });
});
