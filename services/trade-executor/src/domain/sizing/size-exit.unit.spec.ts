import {
  absolute,
  add,
  compare,
  decimal,
  isMultipleOf,
  isNegative,
  isPositive,
  isZero,
  subtract,
  type Decimal,
} from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { MarketRules } from './market-rules.js';
import { sizeExit, type ExitSize } from './size-exit.js';

const rules: MarketRules = {
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  trading: true,
  takesQuoteAmount: true,
  quotePlaces: 8,
  lots: [{ min: decimal('0.001'), max: decimal('100'), step: decimal('0.001') }],
  notional: { min: decimal('5') },
};
const may = (bought: string, sold = '0') => ({ bought: decimal(bought), sold: decimal(sold) });
const size = (owned: string, over: Partial<ExitSize> = {}) =>
  sizeExit({ marketType: 'linear', owned: decimal(owned), unknown: may('0'), rules, ...over });
const reasonOf = (sized: ReturnType<typeof sizeExit>) => (sized.ok ? `${sized.side} ${sized.amount}` : sized.reason);

describe('the size of an exit', () => {
  it('is what is owned, in whole lots, against its side', () => {
    expect(reasonOf(size('0.0129'))).toBe('sell 0.012');
    expect(reasonOf(size('-0.0129'))).toBe('buy 0.012');
    expect(reasonOf(size('0.0129', { marketType: 'spot' }))).toBe('sell 0.012');
  });

  it('is nothing where nothing is owned, and on spot where more was sold than bought', () => {
    expect(reasonOf(size('0'))).toBe('nothing_to_close');
    expect(reasonOf(size('-0.5', { marketType: 'spot' }))).toBe('nothing_to_close');
  });

  it('says what stays because the venue takes no such order', () => {
    expect(size('0.0009')).toMatchObject({
      reason: 'dust_below_minimum',
      message: expect.stringContaining('0.0009 BTC') as string,
    });
    expect(reasonOf(size('0.001', { marketType: 'spot', price: decimal('4000') }))).toBe('dust_below_minimum');
    // What reduces a position has no minimum value.
    expect(reasonOf(size('0.001', { price: decimal('4000') }))).toBe('sell 0.001');
    expect(reasonOf(size('1', { rules: { ...rules, trading: false } }))).toBe('market.not_trading');
  });

  it.each(['spot', 'linear'] as const)('on %s takes in nothing that only may turn up', (marketType) => {
    expect(reasonOf(size('0.01', { unknown: may('0.02'), marketType }))).toBe('sell 0.01');
    expect(reasonOf(size('0', { unknown: may('0.02'), marketType }))).toBe('nothing_to_close');
    expect(reasonOf(size('0', { unknown: may('0', '0.02'), marketType }))).toBe('nothing_to_close');
  });

  it.each(['spot', 'linear'] as const)('on %s leaves out what may have been closed already', (marketType) => {
    expect(reasonOf(size('0.03', { unknown: may('0', '0.01'), marketType }))).toBe('sell 0.02');
    expect(reasonOf(size('0.01', { unknown: may('0.05', '0.01'), marketType }))).toBe('nothing_to_close');
    expect(reasonOf(size('0.01', { unknown: may('0', '0.02'), marketType }))).toBe('nothing_to_close');
  });

  it('buys back no more than is surely owed', () => {
    expect(reasonOf(size('-0.03', { unknown: may('0.01', '0.05') }))).toBe('buy 0.02');
    expect(reasonOf(size('-0.01', { unknown: may('0.02', '0.03') }))).toBe('nothing_to_close');
  });

  it('goes on in the direction in which it began', () => {
    expect(reasonOf(size('-0.01', { side: 'sell' }))).toBe('nothing_to_close');
    expect(reasonOf(size('0.01', { side: 'buy' }))).toBe('nothing_to_close');
  });

  it('is no more than is free, and says when nothing is', () => {
    expect(reasonOf(size('0.01', { marketType: 'spot', free: decimal('0.0045') }))).toBe('sell 0.004');
    expect(reasonOf(size('0.01', { marketType: 'spot', free: decimal('0') }))).toBe('balance_gone');
  });

  it('is the largest order that the venue takes, and another one follows', () => {
    expect(size('250')).toMatchObject({ amount: '100', more: true });
    expect(size('100')).toMatchObject({ amount: '100', more: false });
  });

  it('is never more than there is, whatever is owned, unknown and free', () => {
    const amounts = fc.integer({ min: -300_000, max: 300_000 }).map((n): Decimal => decimal((n / 10_000).toFixed(4)));
    fc.assert(
      fc.property(
        fc.constantFrom('spot', 'linear'),
        amounts,
        fc.record({ bought: amounts.map(absolute), sold: amounts.map(absolute) }),
        fc.option(amounts.map(absolute), { nil: undefined }),
        fc.constantFrom('buy', 'sell', undefined),
        (marketType, owned, unknown, free, side) => {
          const sized = sizeExit({ marketType, owned, unknown, free, side, rules });
          if (!sized.ok) return;
          const { bought, sold } = unknown;
          const sells = sized.side === 'sell';
          const most = sells ? subtract(owned, sold) : add(owned, bought);
          expect(isMultipleOf(sized.amount, decimal('0.001'))).toBe(true);
          expect(isPositive(sized.amount)).toBe(true);
          expect(compare(sized.amount, absolute(most))).toBeLessThanOrEqual(0);
          expect(sized.side).toBe(isNegative(most) ? 'buy' : 'sell');
          if (!isZero(owned)) expect(sells).toBe(isPositive(owned));
          if (side) expect(sized.side).toBe(side);
          if (free !== undefined) expect(compare(sized.amount, free)).toBeLessThanOrEqual(0);
          if (marketType === 'spot') expect(sized.side).toBe('sell');
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
