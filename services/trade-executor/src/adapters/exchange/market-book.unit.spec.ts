import { decimal, type Decimal } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it, vi } from 'vitest';
import type { MarketRules } from '../../domain/sizing/market-rules.js';
import { createMarketBook } from './market-book.js';

const bookOf = (answers: (Decimal | undefined | 'away')[], tookMs = 20) => {
  const clock = manualClock(1_000_000);
  let asked = 0;
  const book = createMarketBook({
    load: () => Promise.resolve([]),
    askPrice: async () => {
      const answer = answers[asked];
      asked += 1;
      clock.advance(tookMs);
      if (answer === 'away') throw new TypeError('away');
      return answer;
    },
    clock,
    log: { warn: () => undefined },
  });
  return { book, clock, asked: () => asked };
};
const [first, second] = [decimal('60000'), decimal('60001')];

describe('a price', () => {
  it('is shared for a second by everybody who asks, and asked for anew after it', async () => {
    const { book, clock, asked } = bookOf([first, second]);
    expect(await Promise.all([book.price('BTCUSDT'), book.price('BTCUSDT')])).toEqual([first, first]);
    clock.advance(970);
    expect(await book.price('BTCUSDT')).toBe(first);
    expect(asked()).toBe(1);
    clock.advance(20);
    expect(await book.price('BTCUSDT')).toBe(second);
  });

  it.each([['away' as const], [undefined]])('that is not told (%s) is asked for again at once', async (answer) => {
    const { book } = bookOf([answer, first]);
    expect(await book.price('BTCUSDT')).toBeUndefined();
    expect(await book.price('BTCUSDT')).toBe(first);
  });

  it('whose answer took too long says nothing about now', async () => {
    const { book } = bookOf([first], 1_001);
    expect(await book.price('BTCUSDT')).toBeUndefined();
  });
});

describe('the rules of a market', () => {
  it('are loading until the venue told them', async () => {
    const { book } = bookOf([]);
    expect(book.rules('BTCUSDT')).toBe('loading');
    await book.start();
    expect(book.rules('BTCUSDT')).toBeUndefined();
    book.stop();
  });

  it('are loaded again every ten minutes, every second as long as there are none, and kept while the venue is away', async () => {
    vi.useFakeTimers();
    try {
      const rules = (symbol: string) => ({ symbol }) as MarketRules;
      const answers = ['away', [rules('A')], 'away', [rules('A'), rules('B')]] as const;
      let loads = 0;
      const book = createMarketBook({
        load: async () => {
          const answer = answers[loads++] ?? 'away';
          if (answer === 'away') throw new TypeError('away');
          return answer;
        },
        askPrice: async () => undefined,
        clock: manualClock(0),
        log: { warn: () => undefined },
      });
      await book.start();
      expect(book.rules('A')).toBe('loading');
      await vi.advanceTimersByTimeAsync(1_000);
      expect(book.rules('A')).toEqual({ symbol: 'A' });
      await vi.advanceTimersByTimeAsync(600_000); // away: what is known stays
      expect([loads, book.rules('A'), book.rules('B')]).toEqual([3, { symbol: 'A' }, undefined]);
      await vi.advanceTimersByTimeAsync(600_000);
      expect(book.rules('B')).toEqual({ symbol: 'B' });
      book.stop();
      await vi.advanceTimersByTimeAsync(600_000);
      expect(loads).toBe(4);
    } finally {
      vi.useRealTimers();
    }
  });
});
