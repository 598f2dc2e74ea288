import { createPool } from '@latchkey/event-store';
import { database, manualClock, type SpecDatabase } from '@latchkey/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRateLimiter } from './rate-limiter.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const limits = { keys: { perUser: 1, perAddress: 10 }, api: { perUser: 2, perAddress: 4 } };

let made: SpecDatabase;
let pool: Pool;
beforeAll(async () => {
  made = await database('gateway');
  pool = createPool({ url: made.url, applicationName: 'gateway-spec', log: quiet });
});
afterAll(async () => {
  await pool.end();
  await made.drop();
});

const counted = async (): Promise<number> =>
  Number((await pool.query<{ sum: string }>('select coalesce(sum(count), 0) as sum from rate_limits')).rows[0]?.sum);

describe('a limit that is spent', () => {
  it('costs the database nothing more until the minute is over', async () => {
    const clock = manualClock(Date.parse('2026-01-31T12:00:30Z'));
    const limiter = createRateLimiter(pool, clock, limits);
    const consume = async (user: string) => (await limiter.consume('api', '203.0.113.7', user)).allowed;
    expect([await consume('a'), await consume('a'), await consume('a')]).toEqual([true, true, false]);
    const spent = await counted();
    expect([await consume('a'), await consume('a')]).toEqual([false, false]);
    expect(await counted()).toBe(spent);
    // Somebody else at that address is counted on, until the address is spent too.
    expect([await consume('b'), await consume('b')]).toEqual([true, false]);
    clock.advance(30_000);
    expect([await consume('a'), await consume('b')]).toEqual([true, true]);
  });

  it('is spent for other replicas too', async () => {
    const clock = manualClock(Date.parse('2026-01-31T13:00:00Z'));
    const [one, two] = [createRateLimiter(pool, clock, limits), createRateLimiter(pool, clock, limits)];
    expect((await one.consume('keys', '203.0.113.8', 'a')).allowed).toBe(true);
    expect(await two.consume('keys', '203.0.113.8', 'a')).toEqual({ allowed: false, retryAfterSeconds: 60 });
    expect((await one.consume('api', '203.0.113.8', 'a')).allowed).toBe(true);
  });
});
