import { decimal, type Decimal } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
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
});
