import { randomUUID } from 'node:crypto';
import { fc } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTransaction } from '../postgres/transaction.js';
import { logDatabase, metadata, strategyCreated, type LogDatabase } from '../testing/fixture.js';
import { createEventStore } from './event-store.js';

let db: LogDatabase;
const store = createEventStore({ service: 'gateway', clock: { now: () => Date.UTC(2026, 10, 22, 9, 0, 0, 7) } });
const append = (streamId: string, expectedVersion: number, ...names: readonly string[]) => ({
  streamId,
  expectedVersion,
  events: names.map(strategyCreated),
  metadata: metadata(),
});
const named = () => `strategy-${randomUUID()}`;

beforeAll(async () => {
  db = await logDatabase();
});
afterAll(() => db.remove());

describe('an append', () => {
  it('is read back as it was written', async () => {
    const streamId = named();
    const origin = { id: randomUUID(), commitment: 'ab'.repeat(32) };
    const events = [strategyCreated('nul \u0000, quote " and \\ and 💱'), strategyCreated('second')];
    const given = { ...metadata(), causationId: randomUUID(), origin };
    const recorded = await store.append(db.pool, [{ streamId, expectedVersion: 0, events, metadata: given }]);
    const loaded = await store.load(db.pool, streamId);
    expect(loaded).toEqual({ version: 2, events: recorded });
    expect(loaded.events.map(({ type, v, data }) => ({ type, v, data }))).toEqual(events);
    expect(loaded.events[1]).toMatchObject({ streamId, version: 2, metadata: given, time: '2026-11-22T09:00:00.007Z' });
    expect(await store.version(db.pool, streamId)).toBe(2);
  });

  it('of a stream that does not exist yet expects version 0, and nothing else', async () => {
    const streamId = named();
    await expect(store.append(db.pool, [append(streamId, 3, 'a')])).rejects.toMatchObject({
      code: 'event_store.version_conflict',
      details: { streamId, expected: 3 },
    });
    expect(await store.load(db.pool, streamId)).toEqual({ version: 0, events: [] });
    await store.append(db.pool, [append(streamId, 0, 'a')]);
    await expect(store.append(db.pool, [append(streamId, 0, 'b')])).rejects.toMatchObject({
      code: 'event_store.version_conflict',
    });
  });

  it('names the streams that moved on and writes the others whole', async () => {
    const [moved, still] = [named(), named()];
    await store.append(db.pool, [append(moved, 0, 'a')]);
    const { appended, conflicts } = await store.tryAppend(db.pool, [append(moved, 0, 'x', 'y'), append(still, 0, 'b', 'c')]);
    expect(conflicts).toEqual([moved]);
    expect(appended.map(({ streamId, version }) => [streamId, version])).toEqual([
      [still, 1],
      [still, 2],
    ]);
    expect((await store.loadMany(db.pool, [moved, still])).get(moved)?.version).toBe(1);
  });

  it('is undone as a whole with its transaction', async () => {
    const [moved, still] = [named(), named()];
    await store.append(db.pool, [append(moved, 0, 'a')]);
    const twoStreams = withTransaction(db.pool, (tx) => store.append(tx, [append(still, 0, 'b'), append(moved, 0, 'x')]));
    await expect(twoStreams).rejects.toMatchObject({ code: 'event_store.version_conflict' });
    expect(await store.version(db.pool, still)).toBe(0);
  });

  it('of nothing changes and checks nothing', async () => {
    expect(await store.append(db.pool, [append(named(), 7)])).toEqual([]);
    expect(await store.append(db.pool, [])).toEqual([]);
  });

  it('refuses what the contracts do not give to this service', async () => {
    const write = (event: object) =>
      store.append(db.pool, [{ streamId: named(), expectedVersion: 0, events: [event as never], metadata: metadata() }]);
    const refusal = { code: 'event_store.event_refused' };
    await expect(write({ type: 'CredentialSaved', v: 1, data: {} })).rejects.toMatchObject(refusal);
    await expect(write({ ...strategyCreated(), v: 2 })).rejects.toMatchObject(refusal);
    const secret = 'a-value-that-must-not-be-echoed';
    const odd = write({ ...strategyCreated(), data: { ...strategyCreated().data, apiSecret: secret } });
    await expect(odd).rejects.toMatchObject(refusal);
    await expect(odd).rejects.not.toThrow(secret);
  });

  it('refuses one stream twice in one call', async () => {
    const streamId = named();
    await expect(store.append(db.pool, [append(streamId, 0, 'a'), append(streamId, 1, 'b')])).rejects.toMatchObject({
      code: 'event_store.stream_twice',
    });
  });
});

describe('whatever is appended at once', () => {
  it('leaves every stream without a gap, and each conflict written nowhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.uniqueArray(fc.record({ stream: fc.nat(3), count: fc.integer({ min: 1, max: 3 }) }), {
            selector: (a) => a.stream,
            minLength: 1,
            maxLength: 4,
          }),
          {
            minLength: 2,
            maxLength: 12,
          },
        ),
        async (writers) => {
          const ids = [named(), named(), named(), named()];
          const write = async (wanted: readonly { stream: number; count: number }[]) => {
            const versions = await store.loadMany(db.pool, ids);
            const appends = wanted.map(({ stream, count }) =>
              append(ids[stream]!, versions.get(ids[stream]!)!.version, ...Array<string>(count).fill('x')),
            );
            return withTransaction(db.pool, (tx) => store.tryAppend(tx, appends));
          };
          const outcomes = await Promise.all(writers.map(write)); // a deadlock would fail one of them
          const written = outcomes.flatMap(({ appended }) => appended);
          const streams = await store.loadMany(db.pool, ids);
          for (const { events } of streams.values())
            expect(events.map(({ version }) => version)).toEqual(events.map((_, i) => i + 1));
          expect([...streams.values()].flatMap(({ events }) => events.map(({ id }) => id)).sort()).toEqual(
            written.map(({ id }) => id).sort(),
          );
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('the log', () => {
  it('cannot be changed by its service, and not by mistake by its owner', async () => {
    await store.append(db.pool, [append(named(), 0, 'a')]);
    const refusal = (run: Promise<unknown>) =>
      run.then(
        () => 'allowed',
        (error: { code?: string }) => error.code,
      );
    for (const sql of [
      `update events set data = '{}'`,
      'delete from events',
      'truncate events',
      'alter table events disable trigger all',
    ]) {
      expect(await refusal(db.pool.query(sql))).toBe('42501');
    }
    for (const sql of [`update events set type = 'Other'`, 'delete from events', 'truncate events']) {
      expect(await refusal(db.admin(sql))).toBe('23001');
    }
  });
});
