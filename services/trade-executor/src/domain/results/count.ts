import {
  absolute,
  add,
  compare,
  decimal,
  divide,
  isNegative,
  isZero,
  multiply,
  negate,
  subtract,
  sum,
  toFixedPlaces,
  zero,
  type Decimal,
  type TradeId,
} from '@latchkey/kernel';
import type { Execution } from './executions.js';

/** What a following owns of one symbol, and what it cost: both above zero where it bought, below where it sold. */
export type Standing = { readonly quantity: Decimal; readonly cost: Decimal };
export const flat: Standing = { quantity: zero, cost: zero };

export type TradeExecution = Execution & { readonly tradeId: TradeId };

/** An execution and what came of it. */
export type Counted = TradeExecution & {
  readonly after: Standing;
  /** Base units of before that it closed. */
  readonly closed: Decimal;
  /** Quote units, less all fees whose value is known. */
  readonly realised: Decimal;
  /** Quote units, of those fees. */
  readonly feeValue: Decimal;
};

// What a venue counts has fewer digits; a quotient would have no end.
const places = 18;
const cut = (value: Decimal): Decimal => decimal(toFixedPlaces(value, places));

/** Quote units per base unit; undefined while nothing is owned. */
export const averageOf = ({ quantity, cost }: Standing): Decimal | undefined =>
  isZero(quantity) ? undefined : decimal(toFixedPlaces(divide(cost, quantity), 12));

/** What the position would have made by now at this price, without the fees of closing it. */
export const unrealisedOf = ({ quantity, cost }: Standing, price: Decimal): Decimal =>
  cut(subtract(multiply(quantity, price), cost));

/** By the venue's time. What happened at the same time has one order too, whoever tells it first. */
export const inOrder = (one: TradeExecution, other: TradeExecution): number => {
  for (const key of ['at', 'tradeId', 'leg', 'fillId'] as const)
    if (one[key] !== other[key]) return one[key] < other[key] ? -1 : 1;
  return 0;
};

/** The part of a change that goes against what is owned; what is beyond it opens the other side. */
const closedBy = (change: Decimal, { quantity }: Standing): Decimal => {
  if (isZero(quantity) || isZero(change) || isNegative(change) === isNegative(quantity)) return zero;
  return compare(absolute(change), absolute(quantity)) <= 0 ? change : negate(quantity);
};

const countOne = (before: Standing, execution: TradeExecution): Counted => {
  const { change, fees = [] } = execution;
  // Without a price of its own it is counted as making nothing.
  const price = execution.price ?? averageOf(before) ?? zero;
  const closing = closedBy(change, before);
  const opening = subtract(change, closing);
  const gone = isZero(closing) ? zero : cut(divide(multiply(before.cost, negate(closing)), before.quantity));
  const quantity = add(before.quantity, change);
  const feeValue = cut(sum(fees.flatMap(({ value }) => (value === undefined ? [] : [value]))));
  const gain = isZero(closing) ? zero : subtract(cut(multiply(negate(closing), price)), gone);
  return {
    ...execution,
    after: { quantity, cost: isZero(quantity) ? zero : add(subtract(before.cost, gone), cut(multiply(opening, price))) },
    closed: absolute(closing),
    realised: subtract(gain, feeValue),
    feeValue,
  };
};

/**
 * What a following's executions made, at average cost: what opens moves the average entry price, what closes realises the difference to it.
 * Fees count when they are taken.
 *
 * @param before as it stood before the first of them
 * @param executions in their order: {@link inOrder}
 */
export const countFrom = (before: Standing, executions: readonly TradeExecution[]): readonly Counted[] => {
  let standing = before;
  return executions.map((execution) => {
    const counted = countOne(standing, execution);
    standing = counted.after;
    return counted;
  });
};
