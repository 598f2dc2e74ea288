import { Big } from 'big.js';
import { AppError } from './app-error.js';
import type { Brand } from './brand.js';

/** An exact decimal number as text without exponent or needless zeros: `0.1`, `-12`, `60000`. Money is never a `number`. */
export type Decimal = Brand<string, 'Decimal'>;

export class DecimalError extends AppError<'kernel.not_a_decimal' | 'kernel.division_by_zero' | 'kernel.step_not_positive'> {}

// Exact Big: constructors of their own, so that nobody else's global settings change how we round. Digits past `dp` exist in quotients only.
const Exact = Big();
Exact.DP = 40;
Exact.RM = 0; // down: a quotient never claims more than there is
Exact.NE = -1e6;
Exact.PE = 1e6;

const syntax = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const maxDigits = 64; // far above any venue's amounts; bounds what an alert can make us compute

const big = (value: Decimal): Big => new Exact(value);
const text = (value: Big): Decimal => (value.eq(0) ? '0' : value.toFixed()) as Decimal;

/** True for text that {@link decimal} accepts. */
export const isDecimal = (value: string): boolean => value.length <= maxDigits && syntax.test(value.trim());

/**
 * Reads a decimal from text; a `number` is refused by type, because `0.1 + 0.2` has already lost.
 *
 * @throws {DecimalError} `kernel.not_a_decimal`
 */
export const decimal = (value: string): Decimal => {
  if (!isDecimal(value))
    throw new DecimalError('kernel.not_a_decimal', `"${value.slice(0, 80)}" is not a decimal number; write it like "0.01"`);
  return text(new Exact(value.trim().replace(/^\+/, '')));
};

export const zero = '0' as Decimal;

export const add = (a: Decimal, b: Decimal): Decimal => text(big(a).plus(big(b)));
export const subtract = (a: Decimal, b: Decimal): Decimal => text(big(a).minus(big(b)));
export const multiply = (a: Decimal, b: Decimal): Decimal => text(big(a).times(big(b)));

/**
 * The quotient, cut (not rounded) after 40 decimal places.
 *
 * @throws {DecimalError} `kernel.division_by_zero`
 */
export const divide = (a: Decimal, b: Decimal): Decimal => {
  if (big(b).eq(0)) throw new DecimalError('kernel.division_by_zero', `"${a}" cannot be divided by zero`);
  return text(big(a).div(big(b)));
};

export const negate = (a: Decimal): Decimal => text(big(a).times(-1));
export const absolute = (a: Decimal): Decimal => text(big(a).abs());
export const compare = (a: Decimal, b: Decimal): -1 | 0 | 1 => big(a).cmp(big(b));
export const isPositive = (a: Decimal): boolean => big(a).gt(0);
export const isNegative = (a: Decimal): boolean => big(a).lt(0);
export const isZero = (a: Decimal): boolean => big(a).eq(0);
export const lesser = (a: Decimal, b: Decimal): Decimal => (compare(a, b) <= 0 ? a : b);
export const greater = (a: Decimal, b: Decimal): Decimal => (compare(a, b) >= 0 ? a : b);
export const sum = (values: Iterable<Decimal>): Decimal => [...values].reduce(add, zero);

/**
 * The largest multiple of `step` that is not beyond `value`, towards zero: never above what the user meant.
 *
 * @param step a venue's lot or tick size, e.g. `0.00001`
 * @throws {DecimalError} `kernel.step_not_positive`
 */
export const roundDownToStep = (value: Decimal, step: Decimal): Decimal => {
  if (!isPositive(step))
    throw new DecimalError('kernel.step_not_positive', `a step of "${step}" cannot be rounded to; it must be above zero`);
  return text(big(value).div(big(step)).round(0, 0).times(big(step)));
};

/** True when `value` is a whole multiple of `step`. */
export const isMultipleOf = (value: Decimal, step: Decimal): boolean => compare(roundDownToStep(value, step), value) === 0;

/** The digits after the point, e.g. 5 for `0.00001`. */
export const decimalPlaces = (value: Decimal): number => value.split('.')[1]?.length ?? 0;

/** With exactly `places` digits after the point, as venues write amounts: `0.01000000`. Further digits are cut. */
export const toFixedPlaces = (value: Decimal, places: number): string => big(value).toFixed(places, 0);
