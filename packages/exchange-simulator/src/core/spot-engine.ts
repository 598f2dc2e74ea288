import { add, compare, divide, isPositive, multiply, roundDownToStep, zero, type Decimal } from '@latchkey/kernel';
import type { SimClock } from './clock.js';
import type { EngineRules } from './engine-rules.js';
import type { VenueIds } from './ids.js';
import type { ApiKey, MarketSymbol } from './names.js';
import { isConditional, isOpen, remainingQuantity, type EndReason, type Order, type OrderDraft, type Reserve } from './order.js';
import type { MarketBook } from './order-book.js';
import { fillOf, fundsFor, settle } from './order-funds.js';
import type { Prices } from './prices.js';
import { crosses, triggers } from './triggers.js';
import type { Wallet } from './wallet.js';

/** Why the engine did not take an order; each venue has its own code and words for it. */
export type EngineRefusal =
  | 'duplicate_client_order_id'
  | 'insufficient_balance'
  | 'would_match'
  | 'would_trigger'
  | 'quantity_too_small';
export type Placement =
  | { readonly outcome: 'accepted'; readonly order: Order }
  | { readonly outcome: 'refused'; readonly reason: EngineRefusal };

/**
 * Spot matching against a market that stands still at one price with endless depth: what crosses the price fills at once and in full
 * (but for fault `partial-fill`), the rest waits for the price. Orders of different accounts never meet. Every method is synchronous, so two requests cannot interleave.
 */
export type SpotEngine = {
  readonly place: (draft: OrderDraft) => Placement;
  /** The order must be open. */
  readonly cancel: (order: Order) => Order;
};

export type SpotEngineParts = {
  readonly clock: Pick<SimClock, 'now'>;
  readonly ids: VenueIds;
  readonly prices: Prices;
  readonly book: MarketBook;
  readonly walletOf: (apiKey: ApiKey) => Wallet;
  readonly rules: Omit<EngineRules, 'fees'>;
  /** Told once per order: when it is taken, and before any fill of it. */
  readonly onAccepted: (order: Order) => void;
  /** Told once per order, at its first fill. */
  readonly onFirstFill: (order: Order) => void;
};

const isPostOnly = ({ type, timeInForce }: Order): boolean => type === 'limit_maker' || timeInForce === 'post_only';
const rests = ({ timeInForce }: Order): boolean => timeInForce === 'gtc' || timeInForce === 'post_only';

export const createSpotEngine = ({
  clock,
  ids,
  prices,
  book,
  walletOf,
  rules,
  onAccepted,
  onFirstFill,
}: SpotEngineParts): SpotEngine => {
  const save = (order: Order): Order => {
    book.put(order);
    return order;
  };

  const released = (order: Order): Order => {
    const { reserve, ...rest } = order;
    if (reserve !== undefined) walletOf(order.apiKey).unlock(reserve.asset, reserve.amount);
    return rest;
  };

  const ended = (order: Order, status: 'canceled' | 'expired', endedBy?: EndReason): Order =>
    save({ ...released(order), status, updatedAtMs: clock.now(), ...(endedBy === undefined ? {} : { endedBy }) });

  /** All that is left; the first time only the part that fault `partial-fill` asks for. */
  const portionOf = (order: Order): Decimal =>
    order.firstFill === undefined
      ? remainingQuantity(order)
      : roundDownToStep(multiply(order.quantity, order.firstFill.share), order.firstFill.step);

  /** Takes one fill and sets nothing aside for the rest. */
  const withFill = (order: Order, quantity: Decimal, price: Decimal, maker: boolean): Order => {
    const fill = fillOf(order, quantity, price, { tradeId: ids.nextTradeId(), maker, atMs: clock.now() });
    const done = released(order);
    settle(walletOf(order.apiKey), order, fill);
    const fills = [...done.fills, fill];
    const status = isPositive(remainingQuantity({ ...done, fills })) ? 'partially_filled' : 'filled';
    const saved = save({ ...done, status, fills, updatedAtMs: fill.atMs });
    if (fills.length === 1) onFirstFill(saved);
    return saved;
  };

  /** The order meets the market at `price`. What a market or immediate order leaves unfilled expires; a limit waits on for the rest. */
  const meets = (order: Order, price: Decimal, maker: boolean): Order => {
    const portion = portionOf(order);
    const { firstFill: _once, ...rest } = order;
    const isWhole = compare(portion, remainingQuantity(order)) >= 0;
    if (!isWhole && order.timeInForce === 'fok') return ended(rest, 'expired', 'time_in_force');
    const left = isPositive(portion) ? withFill(rest, portion, price, maker) : released(rest);
    if (isWhole) return left;
    if (order.price === undefined || order.timeInForce === 'ioc') return ended(left, 'expired', 'time_in_force');
    return resting(left, fundsFor(left, remainingQuantity(left), order.price));
  };

  const resting = (order: Order, reserve: Reserve): Order => {
    walletOf(order.apiKey).lock(reserve.asset, reserve.amount);
    return save({ ...order, reserve });
  };

  const sized = ({ size, pair }: OrderDraft): Pick<Order, 'quantity' | 'quoteBudget'> =>
    'quantity' in size
      ? { quantity: size.quantity }
      : { quantity: roundDownToStep(divide(size.quoteBudget, prices.of(pair.symbol)), size.step), quoteBudget: size.quoteBudget };

  /** What must be free to enter: a budget in full, a market order at the market, a limit or a stop at its own price. */
  const required = (order: Order): Reserve =>
    order.quoteBudget !== undefined && order.side === 'buy'
      ? { asset: order.pair.quote, amount: order.quoteBudget }
      : fundsFor(order, order.quantity, order.price ?? order.stopPrice ?? prices.of(order.pair.symbol));

  const refusal = (order: Order): EngineRefusal | undefined => {
    const price = prices.of(order.pair.symbol);
    const known = book.byClientId(order.apiKey, order.clientOrderId);
    if (known !== undefined && (rules.clientIds === 'for-good' || isOpen(known))) return 'duplicate_client_order_id';
    if (!isPositive(order.quantity)) return 'quantity_too_small';
    if (isPostOnly(order) && rules.postOnly === 'refuse' && crosses(order, price)) return 'would_match';
    if (isConditional(order.type) && triggers(order, price)) return 'would_trigger';
    const needed = required(order);
    return walletOf(order.apiKey).has(needed.asset, needed.amount) ? undefined : 'insufficient_balance';
  };

  const enter = (order: Order): Order => {
    const price = prices.of(order.pair.symbol);
    if (isConditional(order.type)) return resting(order, required(order));
    const working: Order = { ...order, workingSinceMs: clock.now() };
    if (isPostOnly(order) && crosses(order, price)) return ended(working, 'expired', 'post_only');
    if (crosses(order, price)) return meets(working, price, false);
    return rests(order) ? resting(working, required(order)) : ended(working, 'expired', 'time_in_force');
  };

  /** A triggered stop becomes what it stood for; what its owner can no longer pay expires. */
  const triggered = (order: Order, price: Decimal): Order => {
    const working: Order = { ...order, workingSinceMs: clock.now(), updatedAtMs: clock.now() };
    if (!crosses(order, price)) return rests(order) ? save(working) : ended(working, 'expired', 'time_in_force');
    const needed = fundsFor(order, order.quantity, price);
    const available = add(walletOf(order.apiKey).balance(needed.asset).free, order.reserve?.amount ?? zero);
    return compare(available, needed.amount) >= 0
      ? meets(working, price, false)
      : ended(working, 'expired', 'insufficient_funds');
  };

  prices.onChange((symbol: MarketSymbol) => {
    const price = prices.of(symbol);
    for (const order of book.open().filter(({ exchange, pair }) => exchange === rules.exchange && pair.symbol === symbol)) {
      if (order.workingSinceMs === undefined) {
        if (triggers(order, price)) triggered(order, price);
      } else if (order.price !== undefined && crosses(order, price)) meets(order, order.price, true);
    }
  });

  return {
    place: (draft) => {
      const { size: _size, ...asked } = draft;
      const nowMs = clock.now();
      const order: Order = {
        ...asked,
        ...sized(draft),
        market: 'spot',
        orderId: ids.nextOrderId(),
        status: 'new',
        fills: [],
        acceptedAtMs: nowMs,
        updatedAtMs: nowMs,
      };
      const reason = refusal(order);
      if (reason !== undefined) return { outcome: 'refused', reason };
      onAccepted(order);
      return { outcome: 'accepted', order: enter(order) };
    },
    cancel: (order) => ended(order, 'canceled'),
  };
};
