import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withTransaction } from '../postgres/transaction.js';
import { logDatabase, quiet, type LogDatabase } from '../testing/fixture.js';
import { createLease } from './lease.js';
import { assertLease, claimLeases, releaseLeases, renewLeases } from './leases.js';

let db: LogDatabase;
beforeAll(async () => {
  db = await logDatabase();
});
afterAll(() => db.remove());

const hour = 3_600_000;
const names = (prefix: string) => Array.from({ length: 8 }, (_, i) => `${prefix}:${i}`);

describe('leases', () => {
  it('are given to one holder each, and shared out by a limit', async () => {
    const all = names('shared');
    const claim = (holder: string, limit: number) => claimLeases(db.pool, { names: all, limit, holder, ttlMs: hour });
    const [a, b] = await Promise.all([claim('a', 5), claim('b', 5)]);
    const rest = await claim('b', 8);
    const given = [...a, ...b, ...rest].map(({ name }) => name);
    expect([...given].sort()).toEqual(all);
    expect(await claim('c', 8)).toEqual([]);
  });

  it('are kept after they ran out, until somebody takes them; then the old holder can write nothing under them', async () => {
    const [old] = await claimLeases(db.pool, { names: ['one'], holder: 'old', ttlMs: 1 });
    await eventually(async () =>
      expect(await db.admin(`select from leases where name = 'one' and expires_at < clock_timestamp()`)).toHaveLength(1),
    );
    expect(await renewLeases(db.pool, { leases: [old!], holder: 'old', ttlMs: 1 })).toEqual([old]);
    const [taken] = await eventually(async () => {
      const found = await claimLeases(db.pool, { names: ['one'], holder: 'new', ttlMs: hour });
      return found.length > 0 && found;
    });
    expect(taken?.epoch).toBe(old!.epoch + 1);
    expect(await renewLeases(db.pool, { leases: [old!], holder: 'old', ttlMs: hour })).toEqual([]);
    const write = (lease: typeof old) => withTransaction(db.pool, (tx) => assertLease(tx, lease!));
    await expect(write(old)).rejects.toMatchObject({ code: 'event_store.lease_lost' });
    await expect(write(taken)).resolves.toBeUndefined();
  });

  it('cannot change hands while somebody writes under them', async () => {
    const [held] = await claimLeases(db.pool, { names: ['busy'], holder: 'writer', ttlMs: 1 });
    await withTransaction(db.pool, async (tx) => {
      await assertLease(tx, held!);
      expect(await claimLeases(db.pool, { names: ['busy'], holder: 'other', ttlMs: hour })).toEqual([]);
    });
    expect(await claimLeases(db.pool, { names: ['busy'], holder: 'other', ttlMs: hour })).toHaveLength(1);
  });

  it('pass on at once when they are given back', async () => {
    const first = createLease({ pool: db.pool, name: 'turns', holder: 'first', ttlMs: hour, log: quiet });
    const onTaken = vi.fn();
    const second = createLease({ pool: db.pool, name: 'turns', holder: 'second', ttlMs: 60, log: quiet, onTaken });
    first.start();
    await eventually(() => first.held() !== undefined);
    second.start();
    await second.refresh();
    expect(second.held()).toBeUndefined();
    await first.stop();
    await eventually(() => second.held() !== undefined);
    expect(onTaken).toHaveBeenCalledTimes(1);
    await releaseLeases(db.pool, [second.held()!]);
    await second.stop();
  });
});
