import { add, compare, roundDownToStep, type Decimal } from '@latchkey/kernel';
import type { LotRule } from './market-rules.js';

/** Down to what every rule allows: never more than was meant. */
export const roundDown = (amount: Decimal, lots: readonly LotRule[]): Decimal =>
  lots
    .flatMap(({ step }) => (step === undefined ? [] : [step]))
    .sort(compare)
    .reduce(roundDownToStep, amount);

const known = (values: readonly (Decimal | undefined)[]): readonly Decimal[] =>
  values.filter((value): value is Decimal => value !== undefined).sort(compare);

export const largest = (values: readonly (Decimal | undefined)[]): Decimal | undefined => known(values).at(-1);
export const smallest = (values: readonly (Decimal | undefined)[]): Decimal | undefined => known(values)[0];

/** Up to what every rule allows: the least that is no less. */
export const roundUp = (amount: Decimal, lots: readonly LotRule[]): Decimal => {
  const down = roundDown(amount, lots);
  const step = largest(lots.map((lot) => lot.step));
  return compare(down, amount) < 0 && step !== undefined ? add(down, step) : amount;
};
