import { compare, type Decimal } from '@latchkey/kernel';
import type { Order, Trigger } from './order.js';

/** True when the order trades at `price`: always without a limit, else when the limit is at least as good for the market. */
export const crosses = ({ side, price: limit }: Pick<Order, 'side' | 'price'>, price: Decimal): boolean => {
  if (limit === undefined) return true;
  return side === 'buy' ? compare(limit, price) >= 0 : compare(limit, price) <= 0;
};

/** True when the market has reached the stop: a loss is stopped when the price moves against the side, a profit taken when with it. */
export const triggers = ({ side, type, stopPrice }: Pick<Order, 'side' | 'type' | 'stopPrice'>, price: Decimal): boolean => {
  if (stopPrice === undefined) return false;
  const onTheWayUp = type.startsWith('stop_loss') === (side === 'buy');
  return onTheWayUp ? compare(price, stopPrice) >= 0 : compare(price, stopPrice) <= 0;
};

/** True when the market has reached a linear order's trigger. */
export const hasReached = ({ price: at, direction }: Trigger, price: Decimal): boolean =>
  direction === 'rise' ? compare(price, at) >= 0 : compare(price, at) <= 0;
