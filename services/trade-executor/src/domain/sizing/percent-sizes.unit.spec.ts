import { decimal, type Decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import type { MarketRules } from './market-rules.js';
import { sizeOrder } from './size-order.js';
import type { SizeRequest } from './size-request.js';

const coin: MarketRules = {
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  trading: true,
  takesQuoteAmount: true,
  quotePlaces: 8,
  lots: [{ min: decimal('0.00001'), max: decimal('9000'), step: decimal('0.00001') }],
  notional: { min: decimal('5') },
};
const contract: MarketRules = {
  ...coin,
  takesQuoteAmount: false,
  lots: [{ min: decimal('0.001'), step: decimal('0.001') }],
  notional: { min: decimal('50') },
};
const has = (total: string, free = total) => ({ total: decimal(total), free: decimal(free) });
const price = decimal('60000');

const size = (mode: string, value: string, over: Partial<SizeRequest> = {}) =>
  sizeOrder({
    sizing: { mode, value: decimal(value) },
    side: 'buy',
    marketType: 'spot',
    rules: over.marketType === 'linear' ? contract : coin,
    price,
    balances: { base: has('0.1', '0.04'), quote: has('4000', '1000') },
    ...over,
  });
const told = (sized: ReturnType<typeof sizeOrder>): string => {
  if (!sized.ok) return sized.reason;
  return 'amount' in sized.order ? `${sized.order.amount} BTC` : `${sized.order.quoteAmount} USDT`;
};
const linear = { marketType: 'linear' } as const;

describe('a percentage of the equity', () => {
  it('is on spot taken of what the account has of both assets, held by orders or not', () => {
    // 4,000 USDT and 0.1 BTC at 60,000.
    expect(told(size('equity_percent', '10'))).toBe('1000 USDT');
    expect(told(size('equity_percent', '10', { side: 'sell' }))).toBe('1000 USDT');
  });

  it('is on contracts taken of the margin balance, and may be more than all of it', () => {
    expect(told(size('equity_percent', '10', linear))).toBe('0.006 BTC');
    expect(told(size('equity_percent', '250', linear))).toBe('0.166 BTC');
  });

  it('is nothing of nothing, and of what is not told', () => {
    const none = { base: has('0'), quote: has('0') };
    expect(told(size('equity_percent', '10', { balances: none }))).toBe('sizing.no_balance');
    expect(told(size('equity_percent', '10', { ...linear, balances: { ...none, quote: has('-5', '0') } }))).toBe(
      'sizing.no_balance',
    );
    expect(told(size('equity_percent', '10', { balances: undefined }))).toBe('sizing.balance_unknown');
    expect(told(size('equity_percent', '10', { price: undefined }))).toBe('sizing.price_unknown');
  });

  it('says how much of it the smallest order is', () => {
    expect(size('equity_percent', '0.04')).toMatchObject({
      reason: 'sizing.below_minimum_notional',
      message: "An order worth 4 USDT is below the exchange's minimum of 5 USDT on BTCUSDT: it takes at least 0.05 %.",
      least: '0.05',
    });
    expect(size('equity_percent', '0.5', linear)).toMatchObject({
      reason: 'sizing.below_minimum_quantity',
      message: '0.000333333333 BTC leaves nothing to order on BTCUSDT: the exchange takes at least 1.5 %.',
      least: '1.5',
    });
  });
});

describe('a percentage of what is free', () => {
  it('is taken of what the order spends', () => {
    expect(told(size('free_percent', '25'))).toBe('250 USDT');
    expect(told(size('free_percent', '25', { side: 'sell' }))).toBe('0.01 BTC');
    expect(told(size('free_percent', '100', linear))).toBe('0.016 BTC');
  });

  it('counts the margin as often as it is leveraged, and on spot once', () => {
    expect(told(size('free_percent', '25', { ...linear, leverage: 10 }))).toBe('0.041 BTC');
    expect(told(size('free_percent', '25', { leverage: 10 }))).toBe('250 USDT');
    expect(told(size('equity_percent', '10', { ...linear, leverage: 10 }))).toBe('0.006 BTC');
  });

  it('needs no price where the market takes what is spent', () => {
    expect(told(size('free_percent', '25', { price: undefined }))).toBe('250 USDT');
    expect(told(size('free_percent', '25', { ...linear, price: undefined }))).toBe('sizing.price_unknown');
  });

  it('is denied where all of it is not enough, and says so', () => {
    const poor = { base: has('0'), quote: has('3') };
    expect(size('free_percent', '50', { balances: poor })).toMatchObject({
      message: expect.stringContaining('more than 100 %') as string,
    });
    expect(told(size('free_percent', '50', { balances: { ...poor, quote: has('9', '0') } }))).toBe('sizing.no_balance');
    expect(told(size('free_percent', '50', { side: 'sell', balances: poor }))).toBe('sizing.no_balance');
  });
});

describe('a percentage of the position', () => {
  const owning = (owned: string, over: Partial<SizeRequest> = {}) => ({ owned: decimal(owned), ...over });

  it('is taken of what the following owns, whichever side that is', () => {
    expect(told(size('position_percent', '50', owning('0.0123')))).toBe('0.00615 BTC');
    expect(told(size('position_percent', '50', owning('-0.0123', linear)))).toBe('0.006 BTC');
    expect(told(size('position_percent', '200', owning('0.0123', linear)))).toBe('0.024 BTC');
  });

  it('is denied where nothing is owned', () => {
    for (const owned of ['0' as Decimal, undefined]) {
      expect(size('position_percent', '50', { owned })).toMatchObject({
        reason: 'sizing.nothing_owned',
        message: expect.stringContaining('owns nothing on BTCUSDT') as string,
      });
    }
  });

  it('says how much of it the smallest order is', () => {
    expect(size('position_percent', '1', owning('0.012', linear))).toMatchObject({ least: '8.4' });
  });
});

describe('a size by its risk', () => {
  const stop = decimal('58000');

  it('loses the risk between price and stop', () => {
    expect(told(size('risk_amount', '20', { stop }))).toBe('0.01 BTC');
    expect(told(size('risk_percent', '0.2', { stop }))).toBe('0.01 BTC');
  });

  it('is no more than what is free pays for', () => {
    expect(told(size('risk_amount', '2000', { stop }))).toBe('0.01666 BTC');
  });

  it('needs a stop on the side where the order loses', () => {
    expect(told(size('risk_amount', '20'))).toBe('sizing.stop_missing');
    expect(told(size('risk_amount', '20', { stop: price }))).toBe('sizing.stop_unusable');
    expect(told(size('risk_amount', '20', { stop, side: 'sell' }))).toBe('sizing.stop_unusable');
    expect(told(size('risk_amount', '20', { stop, price: undefined }))).toBe('sizing.price_unknown');
    expect(told(size('risk_amount', '20', { stop, balances: undefined }))).toBe('sizing.balance_unknown');
  });
});
