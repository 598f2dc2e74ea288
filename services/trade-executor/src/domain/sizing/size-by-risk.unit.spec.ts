import { compare, decimal, multiply, subtract, type Decimal } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { riskOf, sizeByRisk } from './size-by-risk.js';

const of = (over: Partial<Parameters<typeof sizeByRisk>[0]>) =>
  sizeByRisk({
    side: 'buy',
    risk: decimal('100'),
    price: decimal('50000'),
    stop: decimal('49000'),
    free: decimal('10000'),
    ...over,
  });

describe('the size of a risk', () => {
  it('is the risk divided by the distance to the stop', () => {
    expect(of({})).toEqual({ ok: true, amount: '0.1', capped: false });
    expect(of({ side: 'sell', stop: decimal('51000') })).toEqual({ ok: true, amount: '0.1', capped: false });
    expect(riskOf(decimal('1.5'), decimal('8000'))).toBe('120');
  });

  it('is capped by what is free', () => {
    expect(of({ stop: decimal('49999') })).toEqual({ ok: true, amount: '0.2', capped: true });
  });

  it('is nothing without a distance, on the wrong side, and without money', () => {
    expect(of({ stop: decimal('50000') })).toEqual({ ok: false, why: 'no_distance' });
    expect(of({ stop: decimal('51000') })).toEqual({ ok: false, why: 'wrong_side' });
    expect(of({ free: decimal('0') })).toEqual({ ok: false, why: 'nothing_free' });
  });

  it('never loses more than the risk at its stop, and never costs more than is free', () => {
    const cents = fc.integer({ min: 1, max: 10_000_000 }).map((n): Decimal => decimal((n / 100).toFixed(2)));
    fc.assert(
      fc.property(cents, cents, cents, cents, fc.constantFrom('buy', 'sell'), (risk, price, stop, free, side) => {
        const sized = sizeByRisk({ side, risk, price, stop, free });
        if (!sized.ok) return;
        const distance = side === 'buy' ? subtract(price, stop) : subtract(stop, price);
        expect(compare(multiply(sized.amount, distance), risk)).toBeLessThanOrEqual(0);
        expect(compare(multiply(sized.amount, price), free)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
