import type { Decimal } from '@latchkey/kernel';
import type { FaultTarget } from './faults.js';
import type { FirstFill, Order } from './order.js';
import type { World } from './world.js';

type Parts = Pick<World, 'book' | 'clock' | 'faults'>;

/** What fault `partial-fill` asks of the order that this request brings; it is used up only by `orderTaken`. */
export const firstFillAsked = (
  { faults }: Pick<Parts, 'faults'>,
  target: FaultTarget,
  step: Decimal,
): { readonly firstFill?: FirstFill } => {
  const share = faults.peek(['partial-fill'], target)?.share;
  return share === undefined ? {} : { firstFill: { share, step } };
};

/** Called once for every order that the engine has taken: uses up what the order met, and hides it from look-ups where that is asked. */
export const orderTaken = ({ book, faults }: Parts, target: FaultTarget, order: Order): Order => {
  faults.take(['partial-fill'], target);
  const fault = faults.take(['hide-order'], target, ({ method }) => method !== 'GET');
  if (fault === undefined) return order;
  const hiding = { ...order, hiddenUntilMs: order.acceptedAtMs + fault.ms };
  book.put(hiding);
  return hiding;
};

/** False while look-ups and lists lag behind the engine (fault `hide-order`, met by the order or by the look-up itself). */
export const isVisible = ({ book, clock, faults }: Parts, target: FaultTarget, order: Order): boolean => {
  if (order.hiddenUntilMs !== undefined) return clock.now() >= order.hiddenUntilMs;
  const young = (ms: number): boolean => clock.now() < order.acceptedAtMs + ms;
  const fault = faults.take(['hide-order'], target, ({ method, ms }) => method === 'GET' && young(ms));
  if (fault === undefined) return true;
  book.put({ ...order, hiddenUntilMs: order.acceptedAtMs + fault.ms });
  return false;
};
