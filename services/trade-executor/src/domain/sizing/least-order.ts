import {
  add,
  compare,
  decimal,
  decimalPlaces,
  divide,
  isPositive,
  multiply,
  roundDownToStep,
  toFixedPlaces,
  type Decimal,
} from '@latchkey/kernel';
import { largest, roundUp } from './lots.js';
import type { MarketRules } from './market-rules.js';
import type { Meant } from './size-request.js';

const stepOf = (places: number): Decimal => decimal(places === 0 ? '1' : `0.${'0'.repeat(places - 1)}1`);

const upTo = (value: Decimal, step: Decimal): Decimal => {
  const down = roundDownToStep(value, step);
  return compare(down, value) < 0 ? add(down, step) : down;
};

/** The smallest order in base units that keeps the lots and, where a price is known, is worth enough. */
const leastBase = ({ lots, notional: { min } }: MarketRules, price: Decimal | undefined): Decimal | undefined => {
  const byLot = largest(lots.map((lot) => lot.min ?? lot.step));
  const byValue = min !== undefined && price !== undefined && isPositive(price) ? divide(min, price) : undefined;
  const least = largest([byLot, byValue]);
  return least && roundUp(least, lots);
};

const leastQuote = (rules: MarketRules, price: Decimal | undefined): Decimal | undefined => {
  const { lots, notional, takesQuoteAmount, quotePlaces } = rules;
  // What the venue turns into base units itself has to buy the smallest lot, and nothing of a step is lost by asking for more.
  const byLot = largest(lots.map((lot) => lot.min ?? lot.step));
  if (!takesQuoteAmount) {
    const least = leastBase(rules, price);
    return least !== undefined && price !== undefined ? multiply(least, price) : undefined;
  }
  const worth = byLot !== undefined && price !== undefined ? multiply(byLot, price) : undefined;
  return upTo(largest([notional.min, worth, stepOf(quotePlaces)]) ?? stepOf(quotePlaces), stepOf(quotePlaces));
};

/** Two digits are enough to say how much more it has to be: 0.84, 12. */
const shortUp = (value: Decimal): Decimal => {
  const [, fraction = ''] = /^0\.(0*)/.exec(value) ?? [];
  const places = compare(value, decimal('1')) < 0 ? fraction.length + 2 : Number(compare(value, decimal('10')) < 0);
  return upTo(value, stepOf(places));
};

/** @returns what the setting's value would have to be at least; undefined: no value of it is enough, or that cannot be said */
export const leastValue = (
  { unit, perValue, valueUnit }: Meant,
  rules: MarketRules,
  price: Decimal | undefined,
): Decimal | undefined => {
  const least = unit === 'base' ? leastBase(rules, price) : leastQuote(rules, price);
  if (least === undefined || !isPositive(perValue)) return undefined;
  return valueUnit === '%' ? shortUp(divide(least, perValue)) : least;
};

/** For people to read: quotients have forty digits. */
export const shown = (value: Decimal): Decimal => {
  const places = decimalPlaces(value);
  return places <= 12 ? value : decimal(toFixedPlaces(value, 12));
};
