import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  compare,
  decimal,
  decimalPlaces,
  divide,
  isMultipleOf,
  isPositive,
  multiply,
  roundDownToStep,
  subtract,
  sum,
  toFixedPlaces,
  type Decimal,
} from './decimal.js';

const scaled = (digits: bigint, places: number): Decimal => {
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0');
  return decimal(places === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`);
};
const amounts = fc
  .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 12 }))
  .map(([d, p]) => scaled(d, p));
const steps = fc.constantFrom('1', '0.1', '0.01', '0.001', '0.00001', '0.00000001', '5', '0.25').map(decimal);

describe('a decimal', () => {
  it.each([
    ['0.1', '0.1'],
    ['1e-7', '0.0000001'],
    ['00.500', '0.5'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0', '0'],
    ['123456789012345678901234567890.123', '123456789012345678901234567890.123'],
  ])('reads %s as %s', (written, canonical) => {
    expect(decimal(written)).toBe(canonical);
  });

  it.each(['', ' ', 'abc', '1,5', '0x10', 'NaN', 'Infinity', '1e9999', '--1', '1'.repeat(65)])('refuses %j', (written) => {
    expect(() => decimal(written)).toThrow(expect.objectContaining({ code: 'kernel.not_a_decimal' }));
  });

  it('does not lose what floats lose', () => {
    expect(add(decimal('0.1'), decimal('0.2'))).toBe('0.3');
  });

  it('agrees with integer arithmetic at a common scale', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        (a, b) => {
          expect(add(scaled(a, 8), scaled(b, 8))).toBe(scaled(a + b, 8));
          expect(subtract(scaled(a, 8), scaled(b, 8))).toBe(scaled(a - b, 8));
          expect(multiply(scaled(a, 8), scaled(b, 8))).toBe(scaled(a * b, 16));
          expect(compare(scaled(a, 8), scaled(b, 8))).toBe(a === b ? 0 : a < b ? -1 : 1);
        },
      ),
    );
  });

  it('never rounds a quotient up', () => {
    fc.assert(
      fc.property(amounts.filter(isPositive), amounts.filter(isPositive), (a, b) => {
        expect(compare(multiply(divide(a, b), b), a)).toBeLessThanOrEqual(0);
      }),
    );
    expect(() => divide(decimal('1'), decimal('0'))).toThrow(expect.objectContaining({ code: 'kernel.division_by_zero' }));
  });

  it('sums exactly and writes as many places as a venue wants', () => {
    expect(sum(['0.1', '0.2', '0.3'].map(decimal))).toBe('0.6');
    expect(toFixedPlaces(decimal('0.019'), 2)).toBe('0.01');
    expect(decimalPlaces(decimal('0.00001'))).toBe(5);
  });
});

describe('rounding down to a step', () => {
  it('is a multiple of the step, never beyond the value, and less than one step away', () => {
    fc.assert(
      fc.property(amounts.filter(isPositive), steps, (value, step) => {
        const rounded = roundDownToStep(value, step);
        expect(isMultipleOf(rounded, step)).toBe(true);
        expect(compare(rounded, value)).toBeLessThanOrEqual(0);
        expect(compare(subtract(value, rounded), step)).toBe(-1);
      }),
    );
  });

  it('refuses a step that is not above zero', () => {
    expect(() => roundDownToStep(decimal('1'), decimal('0'))).toThrow(
      expect.objectContaining({ code: 'kernel.step_not_positive' }),
    );
  });
});
