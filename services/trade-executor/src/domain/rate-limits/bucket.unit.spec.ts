import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, grantMs, leftBy, mostUnderWay, takeFrom, type Level, type RateWindow } from './bucket.js';

const windows: readonly (readonly [string, RateWindow])[] = [
  ['Bybit’s requests of an address', { limit: 600, windowMs: 5_000 }],
  ['Binance’s weight', { limit: 6_000, windowMs: 60_000 }],
  ['an account’s orders at Bybit', { limit: 10, windowMs: 1_000 }],
  ['an account’s orders at Binance', { limit: 100, windowMs: 10_000 }],
  ['one request a second', { limit: 1, windowMs: 1_000 }],
];
const scopes = ['address', 'account'] as const;

/** Takes whole requests whenever asked for some, and remembers when each was used: as late as its grant allows. */
const playWishes = (
  window: RateWindow,
  scope: (typeof scopes)[number],
  wishes: readonly (readonly [number, number])[],
): number[] => {
  const bucket = bucketOf(window, scope);
  let level: Level = { tokens: bucket.burst, at: 0 };
  let now = 0;
  let kept = 0;
  const used: number[] = [];
  for (const [pauseMs, want] of wishes) {
    now += pauseMs;
    const { level: after, granted } = takeFrom(bucket, level, { want, back: kept }, now);
    level = after;
    const whole = Math.floor(granted + 1e-9);
    kept = granted - whole;
    for (let i = 0; i < whole; i += 1) used.push(now + (i % 2 === 0 ? 0 : grantMs));
  }
  return used.toSorted((a, b) => a - b);
};

const mostWithin = (used: readonly number[], windowMs: number): number => {
  let most = 0;
  let first = 0;
  for (let last = 0; last < used.length; last += 1) {
    while (used[last]! - used[first]! >= windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
};

describe.each(windows)('%s', (_name, window) => {
  it.each(scopes)('%s: stay under the limit’s 97 percent in every interval of the window’s length', (scope) => {
    const wish = fc.tuple(
      fc.integer({ min: 0, max: window.windowMs / 4 }),
      fc.integer({ min: 0, max: Math.ceil(window.limit / 2) }),
    );
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 200 }), (wishes) => {
        const most = mostWithin(playWishes(window, scope, wishes), window.windowMs);
        expect(most).toBeLessThanOrEqual(Math.max(1, window.limit * 0.97));
      }),
    );
  });

  it('are refilled fast enough: in the long run an address gets nine tenths of its limit', () => {
    const { perMs } = bucketOf(window, 'address');
    if (window.limit >= 100) expect(perMs * window.windowMs).toBeGreaterThan(window.limit / 1.1);
  });
});

describe('what a venue holds up', () => {
  it('leaves a hundredth of its limit to others behind our address, even when it takes all of it at once', () => {
    const window = { limit: 600, windowMs: 5_000 };
    const { burst, perMs } = bucketOf(window, 'address');
    expect(burst + perMs * window.windowMs + mostUnderWay(window)).toBeLessThanOrEqual(0.99 * window.limit);
  });
});

describe('a bucket', () => {
  const bucket = { burst: 10, perMs: 0.01 };
  it('takes back what was not used, and holds no more than its burst', () => {
    expect(takeFrom(bucket, { tokens: 4, at: 0 }, { want: 0, back: 3 }, 100)).toEqual({
      level: { tokens: 8, at: 100 },
      granted: 0,
    });
    expect(takeFrom(bucket, { tokens: 9, at: 0 }, { want: 0, back: 3 }, 100).level.tokens).toBe(10);
  });
  it('believes the venue where it counted more than we did, until that is worked off', () => {
    const { level, granted } = takeFrom(bucket, { tokens: 9, at: 0 }, { want: 5, back: 0, told: -2 }, 0);
    expect(granted).toBe(0);
    expect(takeFrom(bucket, level, { want: 5, back: 0 }, 150).granted).toBe(0);
    expect(takeFrom(bucket, level, { want: 5, back: 0 }, 300).granted).toBe(1);
  });
  it('is not refilled by a clock that goes back', () => {
    expect(takeFrom(bucket, { tokens: 1, at: 1_000 }, { want: 0, back: 0 }, 0).level).toEqual({ tokens: 1, at: 1_000 });
  });
});

describe('a venue’s own count', () => {
  const window = { limit: 6_000, windowMs: 60_000 };
  const bucket = bucketOf(window, 'address');
  it('leaves the rest of the minute, less what comes back by its end', () => {
    expect(leftBy(5_000, window, bucket, 30_000)).toBeCloseTo(5_820 - 5_000 - bucket.perMs * 30_000);
  });
  it('changes nothing while only we send: at our own rate as much is left as the bucket holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2_000, max: 58_000 }), (passed) => {
        const used = bucket.perMs * passed;
        expect(leftBy(used, window, bucket, passed)).toBeGreaterThanOrEqual(bucket.burst - 1e-6);
      }),
    );
  });
  it('says nothing near the edge of its window, where it may be another one’s', () => {
    expect([leftBy(5_000, window, bucket, 60_500), leftBy(5_000, window, bucket, 59_500)]).toEqual([undefined, undefined]);
  });
});
