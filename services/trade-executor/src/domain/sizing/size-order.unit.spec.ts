import type { QuantityUnit } from '@latchkey/contracts';
import { compare, decimal, decimalPlaces, isMultipleOf, multiply, type Decimal } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { MarketRules } from './market-rules.js';
import { sizeOrder } from './size-order.js';

const btc: MarketRules = {
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  trading: true,
  takesQuoteAmount: true,
  quotePlaces: 8,
  lots: [{ min: decimal('0.00001'), max: decimal('9000'), step: decimal('0.00001') }, { max: decimal('100') }],
  notional: { min: decimal('5'), max: decimal('9000000') },
};
const price = decimal('60000');
const spot = { side: 'buy', marketType: 'spot' } as const;
const base = (value: string, rules = btc) =>
  sizeOrder({ ...spot, sizing: { mode: 'base_amount', value: decimal(value) }, rules, price });
const quote = (value: string) => sizeOrder({ ...spot, sizing: { mode: 'quote_amount', value: decimal(value) }, rules: btc });
const reasonOf = (sized: ReturnType<typeof sizeOrder>) => (sized.ok ? 'ok' : sized.reason);

describe('a size in base units', () => {
  it('is rounded down to the lot', () => {
    expect(base('0.0123456')).toEqual({ ok: true, order: { amount: '0.01234' } });
  });

  it('keeps both lot rules', () => {
    expect(base('1.23456', { ...btc, lots: [...btc.lots, { step: decimal('0.1') }] })).toEqual({
      ok: true,
      order: { amount: '1.2' },
    });
    expect(reasonOf(base('101'))).toBe('sizing.above_maximum_quantity');
  });

  it('is denied below the smallest lot, and says what the smallest is', () => {
    expect(base('0.000009')).toEqual({
      ok: false,
      reason: 'sizing.below_minimum_quantity',
      message: '0.000009 BTC leaves nothing to order on BTCUSDT: the exchange takes at least 0.00009 BTC.',
      least: '0.00009',
    });
    expect(reasonOf(base('0'))).toBe('sizing.below_minimum_quantity');
    expect(reasonOf(base('-1'))).toBe('sizing.below_minimum_quantity');
  });

  it("is denied below the venue's smallest value, and says what that is", () => {
    expect(base('0.00008')).toEqual({
      ok: false,
      reason: 'sizing.below_minimum_notional',
      message: "An order worth 4.8 USDT is below the exchange's minimum of 5 USDT on BTCUSDT: it takes at least 0.00009 BTC.",
      least: '0.00009',
    });
  });

  it('leaves the value to the venue while no price is known', () => {
    expect(sizeOrder({ ...spot, sizing: { mode: 'base_amount', value: decimal('0.00008') }, rules: btc })).toEqual({
      ok: true,
      order: { amount: '0.00008' },
    });
  });
});

describe("the alert's own quantity", () => {
  it('is what is ordered', () => {
    expect(sizeOrder({ ...spot, sizing: { mode: 'alert' }, alertQuantity: decimal('0.5'), rules: btc, price })).toEqual({
      ok: true,
      order: { amount: '0.5' },
    });
  });

  it('counts what the alert says that it counts', () => {
    const alert = (alertUnit: QuantityUnit, over: object = {}) =>
      sizeOrder({ ...spot, sizing: { mode: 'alert' }, alertQuantity: decimal('50'), alertUnit, rules: btc, price, ...over });
    expect(alert('quote')).toEqual({ ok: true, order: { quoteAmount: '50' } });
    expect(alert('quote', { rules: { ...btc, takesQuoteAmount: false } })).toEqual({ ok: true, order: { amount: '0.00083' } });
    expect(alert('position_percent', { owned: decimal('0.5') })).toEqual({ ok: true, order: { amount: '0.25' } });
    expect(reasonOf(alert('position_percent'))).toBe('sizing.nothing_owned');
    expect(alert('base')).toEqual({ ok: true, order: { amount: '50' } });
    const balances = {
      base: { total: decimal('0'), free: decimal('0') },
      quote: { total: decimal('900'), free: decimal('300') },
    };
    expect(alert('free_percent', { balances })).toEqual({ ok: true, order: { quoteAmount: '150' } });
    expect(alert('equity_percent', { balances })).toEqual({ ok: true, order: { quoteAmount: '450' } });
  });

  it('must be there', () => {
    expect(reasonOf(sizeOrder({ ...spot, sizing: { mode: 'alert' }, rules: btc }))).toBe('sizing.quantity_missing');
  });
});

describe('a size in quote units', () => {
  it('goes to the venue as it is, cut to the digits it takes', () => {
    expect(quote('100.123456789')).toEqual({ ok: true, order: { quoteAmount: '100.12345678' } });
  });

  it('is denied below the minimum and above the maximum', () => {
    expect(reasonOf(quote('4.99'))).toBe('sizing.below_minimum_notional');
    expect(reasonOf(quote('9000001'))).toBe('sizing.above_maximum_notional');
    expect(reasonOf(quote('0'))).toBe('sizing.not_positive');
  });
});

describe('what is not carried out', () => {
  it('is denied, not guessed', () => {
    expect(reasonOf(sizeOrder({ ...spot, sizing: { mode: 'martingale', value: decimal('1') }, rules: btc }))).toBe(
      'sizing.not_supported',
    );
    expect(reasonOf(sizeOrder({ ...spot, sizing: { mode: 'quote_amount' }, rules: btc }))).toBe('sizing.value_missing');
    expect(reasonOf(sizeOrder({ ...spot, sizing: { mode: 'alert' }, rules: { ...btc, trading: false } }))).toBe(
      'market.not_trading',
    );
  });
});

describe('any size', () => {
  const amounts = fc
    .bigInt({ min: 0n, max: 10n ** 14n })
    .map((n) => decimal(`${n / 10n ** 9n}.${String(n % 10n ** 9n).padStart(9, '0')}`));
  const steps = fc.constantFrom<Decimal>(decimal('0.00001'), decimal('0.001'), decimal('0.1'), decimal('1'), decimal('0.005'));

  it('is a whole number of lots, within the bounds, and never more than was meant', () => {
    fc.assert(
      fc.property(amounts, steps, (value, step) => {
        const rules = { ...btc, lots: [{ step, min: step, max: decimal('100000') }] };
        const sized = sizeOrder({ ...spot, sizing: { mode: 'base_amount', value }, rules, price });
        if (!sized.ok) return;
        const amount = 'amount' in sized.order ? sized.order.amount : expect.fail('base units expected');
        expect(isMultipleOf(amount, step)).toBe(true);
        expect(compare(amount, value)).toBeLessThanOrEqual(0);
        expect(compare(amount, step)).toBeGreaterThanOrEqual(0);
        expect(compare(multiply(amount, price), decimal('5'))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('in quote units has no more digits than the venue takes, and is never more than was meant', () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 8 }), (value, quotePlaces) => {
        const sized = sizeOrder({ ...spot, sizing: { mode: 'quote_amount', value }, rules: { ...btc, quotePlaces } });
        if (!sized.ok) return;
        const amount = 'quoteAmount' in sized.order ? sized.order.quoteAmount : expect.fail('quote units expected');
        expect(decimalPlaces(amount)).toBeLessThanOrEqual(quotePlaces);
        expect(compare(amount, value)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('an amount to spend where the market takes base units alone', () => {
  const contract: MarketRules = {
    ...btc,
    takesQuoteAmount: false,
    lots: [{ min: decimal('0.001'), step: decimal('0.001') }],
    notional: { min: decimal('50') },
  };
  const spend = (value: string, at: Decimal | undefined) =>
    sizeOrder({
      ...spot,
      marketType: 'linear',
      sizing: { mode: 'quote_amount', value: decimal(value) },
      rules: contract,
      price: at,
    });

  it('becomes what it buys at the price, rounded down', () => {
    expect(spend('200', price)).toEqual({ ok: true, order: { amount: '0.003' } });
    expect(reasonOf(spend('59.99', price))).toBe('sizing.below_minimum_quantity');
    expect(reasonOf(spend('49.5', decimal('49000')))).toBe('sizing.below_minimum_notional');
  });

  it('is nothing without a price', () => {
    expect(reasonOf(spend('200', undefined))).toBe('sizing.price_unknown');
  });

  it('never costs more than was meant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 20_000_000 }), (cents, priceCents) => {
        const wanted = decimal((cents / 100).toFixed(2));
        const at = decimal((priceCents / 100).toFixed(2));
        const sized = spend(wanted, at);
        if (!sized.ok || !('amount' in sized.order)) return;
        expect(compare(multiply(sized.order.amount, at), wanted)).toBeLessThanOrEqual(0);
        expect(isMultipleOf(sized.order.amount, decimal('0.001'))).toBe(true);
      }),
    );
  });
});
