import { describe, expect, it } from 'vitest';
import { documentedLimits } from './binance/ip-limits.js';
import { documentedBybitLimits } from './bybit/limits.js';
import { withoutLimits } from './without-limits.js';

/** Every figure of a table, by the way to it. */
const figures = (of: object, path = ''): readonly (readonly [string, number])[] =>
  Object.entries(of).flatMap(([name, value]) =>
    typeof value === 'number' ? [[`${path}${name}`, value] as const] : figures(value as object, `${path}${name}.`),
  );

describe('venues without limits', () => {
  it.each([
    ['Binance', documentedLimits, withoutLimits.binanceLimits],
    ['Bybit', documentedBybitLimits, withoutLimits.bybitLimits],
  ])('%s keeps every limit, out of reach', (_venue, documented, raised) => {
    const kept = new Map(figures(raised));
    for (const [path] of figures(documented)) {
      // What follows a violation stays as it is.
      if (path === 'ignoredBeforeBan' || path === 'banMs') continue;
      expect(kept.get(path), path).toBeGreaterThanOrEqual(1_000_000_000);
    }
  });
});
