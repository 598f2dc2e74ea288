import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import type { OrderSnapshot } from '../domain/trade/commands.js';
import { ownedChange } from '../domain/trade/owned.js';
import { playTrade, type Answer, type Scene } from './testing/trade-bench.js';

const bought: OrderSnapshot = {
  orderId: '1',
  status: 'filled',
  filled: decimal('0.1'),
  averagePrice: decimal('1000'),
  fills: [],
};
const acknowledged: Answer = { outcome: 'placed', order: { ...bought, status: 'open', filled: decimal('0') } };
const unknown: Answer = { outcome: 'unknown', cause: 'timeout', venueSaidUnknown: false };
const fillOf = (fillId: string, amount: string) => ({
  orderId: '1',
  fillId,
  amount: decimal(amount),
  price: decimal('1000'),
  fee: decimal('0.0001'),
  feeAsset: 'BTC',
  at: '2026-01-15T12:00:01.000Z',
});
const both = [fillOf('a', '0.06'), fillOf('b', '0.04')];

describe.each<[string, Answer]>([
  ['that the venue took', acknowledged],
  ['whose outcome was unknown', unknown],
])('a spot order %s', (_what, answer) => {
  const play = (over: Partial<Scene>) =>
    playTrade({ answer: () => answer, lookup: () => ({ outcome: 'found', order: bought }), ...over });

  it('is not closed while its fills cannot be had, so that no fee is lost', async () => {
    const { trade, types } = await play({ fills: (look) => (look < 3 ? undefined : both) });
    expect(types.slice(-3)).toEqual(['OrderFilled', 'OrderFilled', 'OrderClosed']);
    expect(ownedChange(trade)).toBe('0.0998');
  });

  it('is not closed while the venue lists less of it than was filled', async () => {
    const { trade } = await play({ fills: (look) => both.slice(0, look - 1) });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
    expect(ownedChange(trade)).toBe('0.0998');
  });

  const fees = [{ asset: 'BTC', amount: decimal('0.0003') }];
  it('is closed at once by the venue’s totals, fees included, where it lists no more executions', async () => {
    const found = { outcome: 'found', order: { ...bought, fees } } as const;
    const { trade, lookedAt, types, events } = await play({ fills: [both[0]!], mostFills: 1, lookup: () => found });
    expect(lookedAt).toHaveLength(1);
    expect(types.slice(-2)).toEqual(['OrderFilled', 'OrderClosed']);
    expect(events.at(-1)).toMatchObject({ data: { filled: '0.1', fees } });
    expect(ownedChange(trade)).toBe('0.0997');
  });

  it('is not closed for a total of its fees alone: its executions may only be late', async () => {
    const found = { outcome: 'found', order: { ...bought, fees } } as const;
    const { trade, events } = await play({ fills: (look) => both.slice(0, look - 1), mostFills: 100, lookup: () => found });
    expect(events.at(-1)).not.toHaveProperty('data.fees');
    expect(ownedChange(trade)).toBe('0.0998');
  });

  it('is closed by the venue’s own total when its fills do not come for about a minute', async () => {
    const { trade, lookedAt } = await play({ fills: () => undefined });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled', venueFilled: '0.1' });
    expect(ownedChange(trade)).toBe('0.1');
    expect(lookedAt.length).toBeLessThanOrEqual(15);
    const pauses = lookedAt.slice(-9).map((at, i, all) => at - (all[i - 1] ?? at));
    expect(pauses.slice(1)).toEqual(pauses.slice(1).toSorted((a, b) => a - b));
  });
});

it('an order on futures is closed by its total alone: fees leave a position as it is', async () => {
  const { trade, lookedAt } = await playTrade({
    answer: () => acknowledged,
    lookup: () => ({ outcome: 'found', order: bought }),
    fills: () => undefined,
    request: { marketType: 'linear' },
    rules: { takesQuoteAmount: false },
    price: () => '1000',
  });
  expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
  expect(lookedAt).toHaveLength(1);
});
