import { isOpen, remainingQuantity, type Fill, type Order } from './order.js';
import { isPositive } from '@latchkey/kernel';

/**
 * What happened to an order, in the order in which a venue tells it: it is taken, a stop is triggered, it fills, it ends without (or with
 * no more) fills. `order` is the order as it stood right after that, so a filled order was `new` when it was taken.
 */
export type OrderEvent =
  | { readonly type: 'accepted' | 'triggered' | 'ended'; readonly order: Order }
  | { readonly type: 'filled'; readonly order: Order; readonly fill: Fill };

/** The order as it was when it was taken, whatever came of it since. */
const asTaken = (order: Order): Order => {
  const { endedBy: _why, ...rest } = order;
  return { ...rest, status: 'new', fills: [], updatedAtMs: order.acceptedAtMs };
};

/** The order right after its n-th fill. */
const afterFill = (order: Order, count: number): Order => {
  const { endedBy: _why, ...rest } = order;
  const fills = order.fills.slice(0, count);
  const left = isPositive(remainingQuantity({ ...rest, fills }));
  return { ...rest, fills, status: left ? 'partially_filled' : 'filled', updatedAtMs: fills.at(-1)?.atMs ?? order.updatedAtMs };
};

/**
 * What the step from one state of the book to the next tells. The book is the one place that every order passes through, whichever engine
 * moves it, so nothing can happen to an order that its owner's stream does not hear of.
 */
export const orderEvents = (before: Order | undefined, after: Order): readonly OrderEvent[] => {
  const isNew = before === undefined;
  // A venue that refuses after its acknowledgement never had the order in its book.
  if (isNew && after.status === 'rejected') return [{ type: 'ended', order: after }];
  const seen = before?.fills.length ?? 0;
  const fills = after.fills
    .slice(seen)
    .map((fill, index): OrderEvent => ({ type: 'filled', fill, order: afterFill(after, seen + index + 1) }));
  const isTriggered = !isNew && before.workingSinceMs === undefined && after.workingSinceMs !== undefined;
  const untouched = isTriggered ? afterTrigger(before, after) : undefined;
  const wasOpen = isNew || isOpen(before);
  const isEnded = wasOpen && !isOpen(after) && after.status !== 'filled';
  return [
    ...(isNew ? [{ type: 'accepted', order: asTaken(after) } as const] : []),
    ...(untouched === undefined ? [] : [{ type: 'triggered', order: untouched } as const]),
    ...fills,
    ...(isEnded ? [{ type: 'ended', order: after } as const] : []),
  ];
};

/** A triggered stop before the market gave it anything. */
const afterTrigger = (before: Order, after: Order): Order => {
  const { endedBy: _why, ...rest } = after;
  return { ...rest, fills: before.fills, status: 'new' };
};
