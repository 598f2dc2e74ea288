import { describe, expect, it } from 'vitest';
import { hostileRows, hostileStrings, orderOf } from '../../testing/hostile-strings.js';
import { nowMs } from '../../testing/strings-to-judge.js';
import { refusalOfString } from './grammar.js';

const hostile = hostileStrings(nowMs);

describe('the hostile strings of docs/hostile-strings.md', () => {
  it.each([
    ['binance', 'spot'],
    ['binance', 'linear'],
    ['bybit', 'spot'],
    ['bybit', 'linear'],
  ] as const)('are made from an order that is signed: %s %s', (exchange, marketType) => {
    expect(refusalOfString(orderOf(exchange, marketType, nowMs), nowMs)).toBeUndefined();
  });

  it('are more than 300 rows, each another string, for another purpose or with another claim', () => {
    expect(hostileRows).toBeGreaterThan(300);
    expect(new Set(hostile.map(({ item }) => JSON.stringify(item))).size).toBe(hostile.length);
    expect(hostile.filter(({ item }) => item.payload.length > 2_000)).toEqual([]);
  });

  it.each(hostile)('$what: $code', ({ item, code }) => {
    expect(refusalOfString(item, nowMs)).toBe(code);
  });
});
