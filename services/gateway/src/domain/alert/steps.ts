import type { HeldSide, MarketPosition, QuantityUnit, SignalStep } from '@latchkey/contracts';
import { add, compare, decimal, divide, isPositive, multiply, subtract, toFixedPlaces, type Decimal } from '@latchkey/kernel';
import { read, refuse, type Read } from './refusal.js';

/** One order as an alert tells it, in our own format's words. */
export type ToldOrder = {
  readonly action: 'buy' | 'sell' | 'exit' | 'reverse' | 'add';
  readonly quantity?: Decimal | undefined;
  /** Of the quantity; absent: base units. */
  readonly unit?: QuantityUnit | undefined;
  /** The position to be left with. */
  readonly sentiment?: MarketPosition | undefined;
  /** Of an exit: the only side that it closes. */
  readonly positionSide?: HeldSide | undefined;
  readonly delaySeconds?: number | undefined;
  /** Where the strategy's position is and was, and how large, as TradingView tells it. */
  readonly marketPosition?: MarketPosition | undefined;
  readonly prevMarketPosition?: MarketPosition | undefined;
  readonly marketPositionSize?: Decimal | undefined;
  readonly prevMarketPositionSize?: Decimal | undefined;
};
type Step = Omit<SignalStep, 'orderType' | 'delaySeconds'>;

const sideOf = { buy: 'long', sell: 'short' } as const;
const entryInto = { long: 'buy', short: 'sell' } as const;
const otherSide = { long: 'short', short: 'long' } as const;
const sharePlaces = 12;
const lastPlace = decimal('0.000000000001');
const hundred = decimal('100');

/** What is held on the other side is closed first, by whoever holds it; then it is opened. */
const intoSide = (side: HeldSide, size: Pick<Step, 'quantity' | 'unit'>): readonly Step[] => [
  { action: 'exit', positionSide: otherSide[side], implied: true },
  { action: entryInto[side], positionSide: side, ...size },
];

const quantityOf = ({ quantity, unit }: ToldOrder): Pick<Step, 'quantity' | 'unit'> => ({
  ...(quantity !== undefined && { quantity }),
  ...(quantity !== undefined && unit !== undefined && unit !== 'base' && { unit }),
});

/** An order that turns a position round closes the old one too, so that its own quantity is not the size of the new one. */
const sizeAfterTurn = (order: ToldOrder): Pick<Step, 'quantity' | 'unit'> => {
  const { quantity, unit, marketPositionSize, prevMarketPositionSize } = order;
  // Dollars and shares are a size of the alert's own, whatever the strategy's position counts.
  if (quantity !== undefined && unit !== undefined && unit !== 'base') return quantityOf(order);
  if (marketPositionSize !== undefined) return { quantity: marketPositionSize };
  if (quantity === undefined || prevMarketPositionSize === undefined) return {};
  const rest = subtract(quantity, prevMarketPositionSize);
  return isPositive(rest) ? { quantity: rest } : {};
};

/** The share of the position that was closed, in percent: the same for followers whose positions are larger or smaller. */
const closedShare = ({ marketPositionSize: now, prevMarketPositionSize: before }: ToldOrder): Pick<Step, 'percent'> => {
  if (now === undefined || before === undefined || !isPositive(before) || compare(now, before) >= 0) return {};
  const exact = divide(multiply(subtract(before, now), hundred), before);
  const cut = decimal(toFixedPlaces(exact, sharePlaces));
  // A third that is cut off would be a lot less than was meant: the last digit is rounded up, and lots cut what is too much.
  return { percent: compare(cut, exact) < 0 ? add(cut, lastPlace) : cut };
};

const isAll = ({ quantity, unit }: ToldOrder): boolean =>
  unit === 'position_percent' && quantity !== undefined && compare(quantity, hundred) >= 0;

const reduction = (order: ToldOrder, positionSide: HeldSide | undefined): Read<readonly Step[]> => {
  if (order.unit !== undefined && order.unit !== 'base' && order.unit !== 'position_percent')
    return refuse(
      'not_supported',
      'this "quantityType" is not supported for what closes a part; use "fixed_quantity" or "percent_of_position"',
      'quantityType',
    );
  const share = closedShare(order);
  if (order.quantity === undefined && share.percent === undefined)
    return refuse(
      'alert.field_missing',
      'the alert closes a part of the position and does not say how much; add "quantity", or both sizes of the position',
      'quantity',
    );
  return read([{ action: 'reduce', ...(positionSide && { positionSide }), ...quantityOf(order), ...share }]);
};

/** False: no `buy` or `sell` can lead from the one position to the other, so that the alert was written, or changed, by hand. */
export const leads = ({ action, marketPosition: now, prevMarketPosition: previous }: ToldOrder): boolean => {
  if (action !== 'buy' && action !== 'sell') return true;
  if (now === undefined || now === 'flat' || now === sideOf[action]) return true;
  return previous === undefined || previous === now;
};

const ofEntry = (order: ToldOrder, action: 'buy' | 'sell'): Read<readonly Step[]> => {
  const { sentiment, marketPosition, prevMarketPosition: previous } = order;
  if (sentiment !== undefined && marketPosition !== undefined && sentiment !== marketPosition)
    return refuse('alert.field_invalid', '"sentiment" and "marketPosition" name different positions', 'sentiment');
  const left = sentiment ?? marketPosition;
  const side = sideOf[action];
  if (left === undefined) return read([{ action, ...quantityOf(order) }]);
  if (left === 'flat') return read([{ action: 'exit' }]);
  if (left === side) return read(intoSide(side, previous === otherSide[side] ? sizeAfterTurn(order) : quantityOf(order)));
  // It was sold, and the position that is left is long: only a part of it can have been closed.
  if (previous !== undefined && previous !== left)
    return refuse(
      'alert.field_invalid',
      '"action" does not lead from "prevMarketPosition" to the position that is left',
      'action',
    );
  return reduction(order, left);
};

const ofExit = (order: ToldOrder): Read<readonly Step[]> => {
  const { sentiment, marketPosition, quantity, positionSide } = order;
  if (sentiment !== undefined && sentiment !== 'flat')
    return refuse('alert.field_invalid', '"sentiment" of an exit can only be "flat"', 'sentiment');
  const isFlat = sentiment === 'flat' || marketPosition === 'flat';
  if (quantity !== undefined && !isFlat && !isAll(order)) return reduction(order, positionSide);
  return read([{ action: 'exit', ...(positionSide && { positionSide }) }]);
};

const ofReverse = (order: ToldOrder): Read<readonly Step[]> => {
  const left = order.sentiment ?? order.marketPosition;
  if (left === 'flat')
    return refuse(
      'alert.field_invalid',
      'a reversal ends long or short, never flat; send an exit',
      order.sentiment ? 'sentiment' : 'marketPosition',
    );
  return read(
    left === undefined ? [{ action: 'exit' }, { action: 'reverse', ...quantityOf(order) }] : intoSide(left, quantityOf(order)),
  );
};

const ofAdd = (order: ToldOrder): Read<readonly Step[]> => {
  const { sentiment } = order;
  if (sentiment === 'flat')
    return refuse('alert.field_invalid', '"sentiment" of what adds to a position can only be "long" or "short"', 'sentiment');
  const positionSide = sentiment ?? order.positionSide;
  return read([{ action: 'add', ...(positionSide && { positionSide }), ...quantityOf(order) }]);
};

const stepsOfOrder = (order: ToldOrder): Read<readonly Step[]> => {
  switch (order.action) {
    case 'buy':
    case 'sell':
      return ofEntry(order, order.action);
    case 'exit':
      return ofExit(order);
    case 'reverse':
      return ofReverse(order);
    case 'add':
      return ofAdd(order);
  }
};

/** True for an order that turns a position round and does not say how large the new one is: only followers with a size of their own can open it. */
export const lacksSize = (order: ToldOrder, steps: readonly SignalStep[]): boolean =>
  order.quantity !== undefined &&
  steps.some(({ action, quantity }) => (action === 'buy' || action === 'sell') && quantity === undefined);

/**
 * What an order of a strategy means for whoever follows it: the same `sell` opens a short, ends a long, makes it smaller or turns it round, and the
 * positions that the alert tells say which. Without them it is what it says.
 */
export const stepsOf = (order: ToldOrder): Read<readonly SignalStep[]> => {
  const steps = stepsOfOrder(order);
  if (!steps.ok) return steps;
  const { delaySeconds } = order;
  return read(steps.value.map((step) => ({ ...step, orderType: 'market', ...(delaySeconds !== undefined && { delaySeconds }) })));
};
