import { describe, expect, it } from 'vitest';
import { differences, type BookedOrder, type OwnTrade } from './books.js';

const trade = (about: Partial<OwnTrade> = {}): OwnTrade => ({
  tradeId: 't',
  userId: 'u',
  clientOrderId: 'one',
  status: 'filled',
  reason: null,
  filled: '0.001',
  averagePrice: '60000',
  ...about,
});
const order = (about: Partial<BookedOrder> = {}): BookedOrder => ({
  exchange: 'binance',
  market: 'spot',
  apiKey: 'k',
  symbol: 'BTCUSDT',
  status: 'filled',
  filled: '0.001',
  averagePrice: '60000',
  clientOrderId: 'one',
  ...about,
});
const none = { doubled: [], wronglyFinal: [], unequal: [] };

describe('a trade held against the book', () => {
  it('agrees when both tell the same, however they write it', () => {
    expect(differences([trade()], [order({ filled: '0.00100', averagePrice: '60000.0' })])).toEqual(none);
    expect(differences([trade({ status: 'denied', filled: '0', averagePrice: null })], [])).toEqual(none);
    const rejected = order({ status: 'rejected', filled: '0', averagePrice: null });
    expect(differences([trade({ status: 'rejected', filled: '0', averagePrice: null })], [rejected])).toEqual(none);
    const unfilled = { filled: '0', averagePrice: null };
    expect(differences([trade({ status: 'canceled', ...unfilled })], [order({ status: 'expired', ...unfilled })])).toEqual(none);
  });

  it.each([
    ['two orders of one name', [trade()], [order(), order()], 'doubled'],
    ['an order that nobody asked for', [], [order()], 'doubled'],
    ['a fill that we call expired', [trade({ status: 'expired', filled: '0' })], [order()], 'wronglyFinal'],
    ['a fill that the venue does not have', [trade()], [], 'wronglyFinal'],
    ['an end without a fill, of an order that never was', [trade({ status: 'canceled', filled: '0' })], [], 'wronglyFinal'],
    ['another quantity', [trade({ filled: '0.002' })], [order()], 'unequal'],
    ['another price', [trade({ averagePrice: '60001' })], [order()], 'unequal'],
  ] as const)('differs by %s', (_what, trades, book, kind) => {
    expect(differences(trades, book)[kind]).toHaveLength(1);
  });
});
