import { compare, isPositive, subtract, zero } from '@latchkey/kernel';
import type { LinearRules } from './engine-rules.js';
import type { Holder, LinearFunds } from './linear-funds.js';
import { isClosing, totalMargin, type SlotMargin } from './margin.js';
import { isOpen, type LinearTerms, type Order } from './order.js';
import type { MarketBook } from './order-book.js';
import type { Prices } from './prices.js';
import { crosses, hasReached } from './triggers.js';

/** Why the linear engine did not take an order; each venue has its own code and words for it. */
export type LinearRefusal =
  | 'duplicate_client_order_id'
  /** Long or short in one-way mode, or neither in hedge mode. */
  | 'position_side'
  | 'quantity_too_small'
  | 'would_match'
  | 'would_trigger'
  /** Reduce-only without anything to reduce, or, in hedge mode, more than that. */
  | 'reduce_only'
  /** Larger than the account's leverage allows. */
  | 'position_limit'
  | 'insufficient_margin';

type About = {
  readonly rules: LinearRules;
  readonly book: MarketBook;
  readonly funds: LinearFunds;
  readonly prices: Prices;
  readonly holder: Holder;
};

const isTaken = (order: Order, { rules, book }: About): boolean => {
  const known = book.byClientId(order.apiKey, order.clientOrderId);
  return known !== undefined && (rules.clientIds === 'for-good' || isOpen(known));
};

const fitsMode = ({ pair }: Order, { positionSide }: LinearTerms, { holder }: About): boolean =>
  (holder.linear.positionMode(pair.symbol) === 'one-way') === (positionSide === 'both');

const canClose = (order: Order, { rules, funds, holder }: About): boolean => {
  const room = funds.closable(order);
  if (!isPositive(room)) return false;
  const exact = rules.reduceOnlyExcess === 'keep' && holder.linear.positionMode(order.pair.symbol) === 'hedge';
  return !exact || compare(order.quantity, room) <= 0;
};

const slotOf = (slots: readonly SlotMargin[], { pair, linear }: Order): SlotMargin | undefined =>
  slots.find(({ symbol, positionSide }) => symbol === pair.symbol && positionSide === linear?.positionSide);

const exceedsLimit = (order: Order, now: readonly SlotMargin[], then: readonly SlotMargin[], { rules }: About): boolean => {
  const slot = slotOf(then, order);
  const limit = slot === undefined ? undefined : rules.maxNotional(order.pair.symbol, slot.leverage);
  if (slot === undefined || limit === undefined) return false;
  const before = slotOf(now, order)?.worstNotional ?? zero;
  return compare(slot.worstNotional, limit) > 0 && compare(slot.worstNotional, before) > 0;
};

type LinearOrder = Order & { readonly linear: LinearTerms };

/** What is wrong with the order whenever it comes: said at once, also for one that waits for its trigger. */
export const formRefusal = (order: LinearOrder, about: About): LinearRefusal | undefined => {
  if (isTaken(order, about)) return 'duplicate_client_order_id';
  if (!fitsMode(order, order.linear, about)) return 'position_side';
  if (!isPositive(order.quantity)) return 'quantity_too_small';
  return order.trigger !== undefined && hasReached(order.trigger, about.prices.of(order.pair.symbol))
    ? 'would_trigger'
    : undefined;
};

/** What keeps the order from entering now. */
export const entryRefusal = (order: LinearOrder, about: About): LinearRefusal | undefined => {
  const { rules, funds, prices } = about;
  const takes = crosses(order, prices.of(order.pair.symbol));
  if (order.timeInForce === 'post_only' && rules.postOnly === 'refuse' && takes) return 'would_match';
  if (isClosing(order)) return canClose(order, about) ? undefined : 'reduce_only';
  const now = funds.slotsWith(order.apiKey, []);
  const then = funds.slotsWith(order.apiKey, [order]);
  if (exceedsLimit(order, now, then, about)) return 'position_limit';
  const more = subtract(totalMargin(then), totalMargin(now));
  // An order that only shrinks a position needs nothing, however little there is.
  return isPositive(more) && compare(more, funds.view(order.apiKey).available) > 0 ? 'insufficient_margin' : undefined;
};
