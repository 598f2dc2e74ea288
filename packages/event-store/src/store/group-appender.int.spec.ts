import { randomUUID } from 'node:crypto';
import { AppError } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createPool } from '../postgres/pool.js';
import { logDatabase, metadata, quiet, strategyCreated, type LogDatabase } from '../testing/fixture.js';
import { createEventStore } from './event-store.js';
import { createGroupAppender } from './group-appender.js';

let db: LogDatabase;
const store = createEventStore({ service: 'gateway' });
const named = () => `strategy-${randomUUID()}`;
const append = (streamId: string, expectedVersion: number) => ({
  streamId,
  expectedVersion,
  events: [strategyCreated()],
  metadata: metadata(),
});

beforeAll(async () => {
  db = await logDatabase();
});
afterAll(() => db.remove());

const outcome = (run: Promise<unknown>) =>
  run.then(
    () => 'written',
    (error: { code?: string }) => error.code,
  );

describe('appends that wait together', () => {
  it('share a statement and a commit', async () => {
    const tryAppend = vi.fn(store.tryAppend);
    const afterCommit = vi.fn();
    const submit = createGroupAppender({ pool: db.pool, store: { tryAppend }, maxWaitMs: 5, afterCommit });
    const recorded = await Promise.all(
      Array.from({ length: 100 }, () => submit({ appends: [append(named(), 0), append(named(), 0)] })),
    );
    expect(recorded.every((events) => events.length === 2)).toBe(true);
    expect(tryAppend).toHaveBeenCalledTimes(1);
    expect(afterCommit).toHaveBeenCalledTimes(1);
  });

  it('fail alone: a conflict, half a conflict, a projection that throws', async () => {
    const [moved, half, broken, good, same] = [named(), named(), named(), named(), named()];
    await store.append(db.pool, [append(moved, 0)]);
    const submit = createGroupAppender({ pool: db.pool, store, maxWaitMs: 5 });
    const fail = () => Promise.reject(new AppError('spec.projection', 'on purpose'));
    const outcomes = await Promise.all([
      outcome(submit({ appends: [append(moved, 0)] })),
      outcome(submit({ appends: [append(half, 0), append(moved, 0)] })),
      outcome(submit({ appends: [append(broken, 0)], project: fail })),
      outcome(submit({ appends: [append(good, 0)] })),
      outcome(submit({ appends: [append(same, 0)] })),
      outcome(submit({ appends: [append(same, 1)] })),
      outcome(submit({ appends: [append(same, 2)], project: fail })), // after a part of the group was committed
    ]);
    const conflict = 'event_store.version_conflict';
    expect(outcomes).toEqual([conflict, conflict, 'spec.projection', 'written', 'written', 'written', 'spec.projection']);
    const versions = await Promise.all([moved, half, broken, good, same].map((id) => store.version(db.pool, id)));
    expect(versions).toEqual([1, 0, 0, 1, 2]);
  });

  it('are not tried one by one when Postgres is away', async () => {
    const tryAppend = vi.fn(store.tryAppend);
    const nobody = createPool({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'spec', log: quiet });
    const connect = vi.spyOn(nobody, 'connect');
    const submit = createGroupAppender({ pool: nobody, store: { tryAppend }, maxWaitMs: 5 });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(submit({ appends: [append(named(), 0)] }))));
    expect(new Set(outcomes)).toEqual(new Set(['event_store.database_unavailable']));
    expect(connect).toHaveBeenCalledTimes(1);
    await nobody.end();
  });

  it('carry their projections into the same transaction', async () => {
    const submit = createGroupAppender({ pool: db.pool, store });
    const streamId = named();
    await submit({
      appends: [append(streamId, 0)],
      project: async (tx, [first]) => {
        await tx.query(`insert into subject_heads values ($1, $2)`, [`projected.${first!.streamId}`, first!.version]);
        expect(await store.version(db.pool, streamId)).toBe(0); // nobody else sees it yet
      },
    });
    expect(await db.admin('select logseq from subject_heads where subject = $1', [`projected.${streamId}`])).toEqual([
      { logseq: '1' },
    ]);
  });
});
