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

type Hideable = { readonly acceptedAtMs: number; readonly hiddenUntilMs?: number };
type HidingParts = Pick<World, 'clock' | 'faults'>;

/** Hides what this request has just brought from look-ups, where that is asked. */
export const hiddenFromNowOn = <Item extends Hideable>(
  { faults }: Pick<World, 'faults'>,
  target: FaultTarget,
  item: Item,
  put: (item: Item) => void,
): Item => {
  faults.take(['partial-fill'], target);
  const fault = faults.take(['hide-order'], target, ({ method }) => method !== 'GET');
  if (fault === undefined) return item;
  const hiding = { ...item, hiddenUntilMs: item.acceptedAtMs + fault.ms };
  put(hiding);
  return hiding;
};

/** False while look-ups and lists lag behind (fault `hide-order`, met by the order or by the look-up itself). */
export const isShown = <Item extends Hideable>(
  { clock, faults }: HidingParts,
  target: FaultTarget,
  item: Item,
  put: (item: Item) => void,
): boolean => {
  if (item.hiddenUntilMs !== undefined) return clock.now() >= item.hiddenUntilMs;
  const young = (ms: number): boolean => clock.now() < item.acceptedAtMs + ms;
  const fault = faults.take(['hide-order'], target, ({ method, ms }) => method === 'GET' && young(ms));
  if (fault === undefined) return true;
  put({ ...item, hiddenUntilMs: item.acceptedAtMs + fault.ms });
  return false;
};

/** Called once for every order that the engine has taken: uses up what the order met, and hides it from look-ups where that is asked. */
export const orderTaken = (parts: Parts, target: FaultTarget, order: Order): Order =>
  hiddenFromNowOn(parts, target, order, parts.book.put);

export const isVisible = (parts: Parts, target: FaultTarget, order: Order): boolean =>
  isShown(parts, target, order, parts.book.put);
