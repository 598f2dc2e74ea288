import { createPool } from '@latchkey/event-store';
import { database } from '@latchkey/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BucketAsked } from '../../app/rate-limits/rate-rows.js';
import { takeFrom } from '../../domain/rate-limits/bucket.js';
import { createRateRows } from './rate-rows.js';

let db: Awaited<ReturnType<typeof database>>;
let pool: ReturnType<typeof createPool>;
let rows: ReturnType<typeof createRateRows>;
let names = 0;
const log = { warn: () => undefined };

beforeAll(async () => {
  db = await database('trade-executor');
  pool = createPool({ url: db.url, applicationName: 'rate-rows-spec', max: 8, log });
  rows = createRateRows(pool);
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

/** A bucket that is not refilled while a spec runs. */
const still = (over: Partial<BucketAsked> = {}): BucketAsked => ({
  key: `spec|${(names += 1)}`,
  burst: 10,
  perMs: 0,
  want: 0,
  back: 0,
  ...over,
});
const ask = async (of: BucketAsked) => (await rows.exchange([of])).get(of.key)!;

describe('a row', () => {
  it('begins full, grants what is there, and takes back what was not used', async () => {
    const bucket = still();
    expect(await ask({ ...bucket, want: 4 })).toEqual({ granted: 4, tokens: 6, blockedMs: 0 });
    expect(await ask({ ...bucket, want: 8 })).toEqual({ granted: 6, tokens: 0, blockedMs: 0 });
    expect(await ask({ ...bucket, want: 8, back: 3 })).toEqual({ granted: 3, tokens: 0, blockedMs: 0 });
    expect(await ask({ ...bucket, back: 99 })).toEqual({ granted: 0, tokens: 10, blockedMs: 0 });
  });

  it('computes as the domain does, whatever it is asked', async () => {
    const step = fc.record({
      want: fc.integer({ min: 0, max: 15 }),
      back: fc.integer({ min: 0, max: 5 }),
      told: fc.option(fc.integer({ min: -5, max: 12 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const bucket = still();
        await ask(bucket);
        let level = { tokens: bucket.burst, at: 0 };
        for (const { told, ...asked } of steps) {
          const given = await ask({ ...bucket, ...asked, ...(told !== undefined && { told }) });
          const expected = takeFrom(
            bucket,
            level,
            { ...asked, want: Math.min(asked.want, bucket.burst), ...(told !== undefined && { told }) },
            0,
          );
          level = expected.level;
          expect([given.granted, given.tokens]).toEqual([expected.granted, expected.level.tokens]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is refilled by the clock of the database', async () => {
    const bucket = still({ burst: 1_000_000, perMs: 10 });
    await ask({ ...bucket, want: 1_000_000 });
    const before = await pool.query<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
    const { tokens } = await ask(bucket);
    const { tokens: later } = await ask(bucket);
    const after = await pool.query<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
    expect(later - tokens).toBeGreaterThan(0);
    expect((later - tokens) / 10).toBeLessThanOrEqual(after.rows[0]!.ms - before.rows[0]!.ms);
  });

  it('that wants to be left alone grants nothing to anybody, and says for how long', async () => {
    const bucket = still();
    await ask({ ...bucket, blockMs: 60_000 });
    const given = await ask({ ...bucket, want: 1 });
    expect(given.granted).toBe(0);
    expect(given.blockedMs).toBeGreaterThan(50_000);
    expect(given.blockedMs).toBeLessThanOrEqual(60_000);
    // A shorter word does not end a longer one.
    expect((await ask({ ...bucket, blockMs: 1 })).blockedMs).toBeGreaterThan(50_000);
    const other = still();
    expect([...(await rows.blocked([bucket.key, other.key])).keys()]).toEqual([bucket.key]);
  });
});

describe('executors that ask for the same rows at once, in any order', () => {
  it('never get more than there is, and never stand in each other’s way', async () => {
    const buckets = Array.from({ length: 20 }, () => still());
    await rows.exchange(buckets);
    const given = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        rows.exchange((i % 2 === 0 ? buckets : buckets.toReversed()).map((bucket) => ({ ...bucket, want: 1 }))),
      ),
    );
    for (const { key, burst } of buckets) expect(given.reduce((sum, one) => sum + one.get(key)!.granted, 0)).toBe(burst);
  });
});

describe('rows', () => {
  it('of accounts that sent nothing for a week are forgotten', async () => {
    const [old, fresh] = [still(), still()];
    await rows.exchange([old, fresh]);
    await pool.query('update rate_limits set at = at - 8 * 86400000.0, blocked_until = 0 where key = $1', [old.key]);
    await rows.prune();
    const left = await pool.query<{ key: string }>('select key from rate_limits where key = any($1)', [[old.key, fresh.key]]);
    expect(left.rows).toEqual([{ key: fresh.key }]);
  });
});
