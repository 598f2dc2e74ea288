import {
  absolute,
  decimal,
  divide,
  isNegative,
  isPositive,
  lesser,
  multiply,
  negate,
  toFixedPlaces,
  type Decimal,
} from '@latchkey/kernel';
import type { TradeRequest } from '../trade/events.js';

const hundred = decimal('100');
const places = 30;

/** True where what is owned is on the side that is meant; whatever is owned, where none is. */
export const isOnSide = (owned: Decimal, side: TradeRequest['positionSide']): boolean =>
  side === undefined || (side === 'long' ? isPositive(owned) : isNegative(owned));

const shareOf = (owned: Decimal, percent: Decimal): Decimal =>
  decimal(toFixedPlaces(divide(multiply(owned, lesser(percent, hundred)), hundred), places));

/**
 * The part of what is owned that is to be closed. The share of its position that the strategy closed is the same for a follower with a size of
 * their own; whoever takes the alert's size takes its quantity.
 *
 * @returns base units with the sign of what is owned, and never more than that
 */
export const partToClose = (
  { sizing, alertQuantity, alertUnit, percent }: Pick<TradeRequest, 'sizing' | 'alertQuantity' | 'alertUnit' | 'percent'>,
  owned: Decimal,
): Decimal | undefined => {
  const share = alertUnit === 'position_percent' ? alertQuantity : percent;
  if (share !== undefined && (alertUnit === 'position_percent' || sizing.mode !== 'alert' || alertQuantity === undefined))
    return shareOf(owned, share);
  if (alertQuantity === undefined) return undefined;
  const part = lesser(alertQuantity, absolute(owned));
  return isNegative(owned) ? negate(part) : part;
};
