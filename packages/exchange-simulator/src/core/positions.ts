import {
  absolute,
  add,
  decimal,
  divide,
  isNegative,
  isPositive,
  isZero,
  lesser,
  multiply,
  negate,
  roundDownToStep,
  subtract,
  zero,
  type Decimal,
} from '@latchkey/kernel';
import type { OrderSide, PositionSide } from './order.js';
import type { Pair } from './prices.js';

/** One position of one account. A flat one stays, for what it has earned. */
export type Position = {
  readonly pair: Pair;
  readonly positionSide: PositionSide;
  /** Base units; below zero is short. */
  readonly size: Decimal;
  /** Quote units that the open size cost or brought, never below zero. */
  readonly cost: Decimal;
  /** Quote units earned by closing since the account was opened, fees not taken off. */
  readonly realisedPnl: Decimal;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
};

const moneyStep = decimal('0.00000001');

export const flatPosition = (pair: Pair, positionSide: PositionSide, atMs: number): Position => ({
  pair,
  positionSide,
  size: zero,
  cost: zero,
  realisedPnl: zero,
  openedAtMs: atMs,
  updatedAtMs: atMs,
});

export const isFlat = ({ size }: Pick<Position, 'size'>): boolean => isZero(size);

/** Base units of a fill as a position counts them: what is sold is below zero. */
export const signedQuantity = (side: OrderSide, quantity: Decimal): Decimal => (side === 'buy' ? quantity : negate(quantity));

/** Mean price of the open size, zero when flat. */
export const entryPrice = ({ size, cost }: Position): Decimal =>
  isZero(size) ? zero : roundDownToStep(divide(cost, absolute(size)), moneyStep);

/** What closing at `price` would earn. */
export const unrealisedPnl = ({ size, cost }: Position, price: Decimal): Decimal =>
  subtract(multiply(size, price), isNegative(size) ? negate(cost) : cost);

/** True when an order of this side makes the position smaller. */
export const reduces = ({ size }: Pick<Position, 'size'>, side: OrderSide): boolean =>
  side === 'buy' ? isNegative(size) : isPositive(size);

/**
 * The position after a fill: the part against it closes and earns, the rest opens, so one fill may turn a long into a short. What is
 * closed takes its share of the cost, and the last of it takes all that is left, so that no fraction is lost on the way to flat.
 */
export const withFill = (
  position: Position,
  {
    side,
    quantity,
    price,
    atMs,
  }: { readonly side: OrderSide; readonly quantity: Decimal; readonly price: Decimal; readonly atMs: number },
): { readonly position: Position; readonly realisedPnl: Decimal } => {
  const held = absolute(position.size);
  const closed = reduces(position, side) ? lesser(held, quantity) : zero;
  const opened = subtract(quantity, closed);
  const all = isZero(subtract(held, closed));
  const closedCost = all
    ? isZero(closed)
      ? zero
      : position.cost
    : roundDownToStep(divide(multiply(position.cost, closed), held), moneyStep);
  const earned = subtract(multiply(closed, price), closedCost);
  const realisedPnl = side === 'sell' ? earned : negate(earned);
  const opens = isZero(position.size) || (all && isPositive(opened));
  return {
    realisedPnl,
    position: {
      ...position,
      size: add(position.size, signedQuantity(side, quantity)),
      cost: add(subtract(position.cost, closedCost), multiply(opened, price)),
      realisedPnl: add(position.realisedPnl, realisedPnl),
      openedAtMs: opens ? atMs : position.openedAtMs,
      updatedAtMs: atMs,
    },
  };
};
