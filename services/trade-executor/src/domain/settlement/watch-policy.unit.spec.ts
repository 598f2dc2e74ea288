import { describe, expect, it } from 'vitest';
import { nextSighting, watchMs } from './watch-policy.js';

const minutes = (count: number) => count * 60_000;

describe('an order that was never proven absent', () => {
  it('is looked for with growing pauses, at most hourly, for 24 hours and no longer', () => {
    const looks: number[] = [];
    for (let at = nextSighting(0, undefined, 0); at !== undefined; at = nextSighting(0, at, at)) looks.push(at);
    expect(looks.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 64, 124].map(minutes));
    expect(Math.max(...looks)).toBeGreaterThan(watchMs - minutes(60));
    expect(Math.max(...looks)).toBeLessThanOrEqual(watchMs);
  });

  it('is looked for at once by a process that does not know of an earlier look', () => {
    expect(nextSighting(0, undefined, minutes(300))).toBe(minutes(300));
    expect(nextSighting(0, undefined, watchMs + 1)).toBeUndefined();
  });
});
