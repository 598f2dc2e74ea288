import { absolute, isPositive, isZero, lesser, multiply, roundDownToStep, subtract, type Decimal } from '@latchkey/kernel';
import type { SimClock } from './clock.js';
import type { LinearRules } from './engine-rules.js';
import type { VenueIds } from './ids.js';
import { createLinearFunds, type Holder, type LinearFunds, type MarginView } from './linear-funds.js';
import { entryRefusal, formRefusal, type LinearRefusal } from './linear-refusal.js';
import { createLinearSettings, type LinearSettings } from './linear-settings.js';
import { isClosing } from './margin.js';
import type { ApiKey } from './names.js';
import { isOpen, remainingQuantity, type EndReason, type Fill, type LinearDraft, type LinearTerms, type Order } from './order.js';
import type { MarketBook } from './order-book.js';
import { flatPosition, reduces, withFill, type Position } from './positions.js';
import type { Prices } from './prices.js';
import { crosses, hasReached } from './triggers.js';

/**
 * # The linear engine: USDT-margined perpetuals
 *
 * Matches against the same still market as spot: what crosses the price fills at once, the rest waits for `prices.set`. Orders of
 * different accounts never meet, funding and liquidation are not played, a position may lose more than its margin. Every method is
 * synchronous, so two requests cannot interleave.
 *
 * A venue creates one engine with its own {@link LinearRules}, turns requests into {@link LinearDraft}s, and words the refusals:
 *
 * - `place(draft)`: `accepted` with the order as it then stands (new, filled, expired, …) or `refused` with a reason and nothing changed;
 * - `cancel(order)` ends an open order; look orders up in `book.of('linear')`;
 * - `settings`: leverage, margin type and position mode, each with the venue's reasons to refuse;
 * - `margin(apiKey)`: what positions and open orders need and what is left, for account and position answers.
 *
 * Positions live in `account.linear`, funds in the wallet that `holderOf` names: for a unified account the one that spot uses too. Margin
 * is locked there, so spot orders cannot spend it. An order fills in part when its draft has a `firstFill`; then a limit waits with
 * `partially_filled` and takes the rest at the next price that crosses, and everything else ends with what it got.
 */
export type LinearEngine = {
  readonly place: (draft: LinearDraft) => LinearPlacement;
  /** The order must be open. */
  readonly cancel: (order: Order) => Order;
  readonly settings: LinearSettings;
  readonly margin: (apiKey: ApiKey) => MarginView;
};

export type LinearPlacement =
  | { readonly outcome: 'accepted'; readonly order: Order }
  | { readonly outcome: 'refused'; readonly reason: LinearRefusal };

export type LinearEngineParts = {
  readonly clock: Pick<SimClock, 'now'>;
  readonly ids: VenueIds;
  readonly prices: Prices;
  /** Of the linear market. */
  readonly book: MarketBook;
  readonly holderOf: (apiKey: ApiKey) => Holder;
  readonly rules: LinearRules;
  /** Told once per order: when it is taken, and before any fill of it. */
  readonly onAccepted?: (order: Order) => void;
};

type LinearOrder = Order & { readonly linear: LinearTerms };
const isLinear = (order: Order): order is LinearOrder => order.linear !== undefined;

export const createLinearEngine = (parts: LinearEngineParts): LinearEngine => {
  const { clock, ids, prices, book, rules, holderOf } = parts;
  const funds: LinearFunds = createLinearFunds({ prices, book, holderOf, settlesIn: rules.settlesIn });
  const traders = new Set<ApiKey>();

  const save = (order: Order): Order => {
    book.put(order);
    return order;
  };
  const ended = (order: Order, status: 'canceled' | 'expired', endedBy?: EndReason): Order => {
    const saved = save({ ...order, status, updatedAtMs: clock.now(), ...(endedBy === undefined ? {} : { endedBy }) });
    funds.reserve(order.apiKey);
    return saved;
  };
  const rests = ({ type, timeInForce }: Order): boolean =>
    type !== 'market' && (timeInForce === 'gtc' || timeInForce === 'post_only');
  const resting = (order: Order): Order => {
    const saved = save(order);
    funds.reserve(order.apiKey);
    return saved;
  };

  const positionOf = ({ apiKey, pair, linear }: LinearOrder): Position =>
    holderOf(apiKey).linear.position(pair.symbol, linear.positionSide) ?? flatPosition(pair, linear.positionSide, clock.now());

  /** Reduce-only orders that have nothing left to reduce end with the position. */
  const shed = (order: LinearOrder): void => {
    const position = positionOf(order);
    for (const other of book.openOf(order.apiKey)) {
      const waits = other.workingSinceMs !== undefined && other.pair.symbol === order.pair.symbol;
      const sameSlot = other.linear?.positionSide === order.linear.positionSide;
      if (waits && sameSlot && isClosing(other) && !reduces(position, other.side)) ended(other, 'expired', 'reduce_only');
    }
  };

  /** How much the market gives now: all, or the share that a fault leaves of it. */
  const offered = ({ firstFill, ...order }: Order): Decimal => {
    const remaining = remainingQuantity(order);
    return firstFill === undefined ? remaining : roundDownToStep(multiply(remaining, firstFill.share), firstFill.step);
  };

  const fillFor = (order: LinearOrder, quantity: Decimal, price: Decimal, maker: boolean): Fill => {
    const quote = multiply(quantity, price);
    const atMs = clock.now();
    const { position, realisedPnl } = withFill(positionOf(order), { side: order.side, quantity, price, atMs });
    const fee = multiply(quote, maker ? rules.fees.maker : rules.fees.taker);
    const { wallet, linear } = holderOf(order.apiKey);
    linear.putPosition(position);
    wallet.receive(rules.settlesIn, subtract(realisedPnl, fee));
    return { tradeId: ids.nextTradeId(), price, quantity, quote, fee, feeAsset: rules.settlesIn, maker, atMs, realisedPnl };
  };

  /** The order after a fill: done, waiting for the rest, or ended with what it got. */
  const settled = (order: LinearOrder): Order => {
    if (isZero(remainingQuantity(order))) return save({ ...order, status: 'filled' });
    if (isClosing(order) && !reduces(positionOf(order), order.side)) return ended(order, 'expired', 'reduce_only');
    if (!rests(order)) return ended(order, 'expired', 'time_in_force');
    return save({ ...order, status: order.fills.length === 0 ? 'new' : 'partially_filled' });
  };

  const executed = (order: LinearOrder, price: Decimal, maker: boolean): Order => {
    const { firstFill: _used, ...rest } = order;
    const wanted = remainingQuantity(order);
    const room = isClosing(order) ? lesser(wanted, absolute(positionOf(order).size)) : wanted;
    const quantity = lesser(offered(order), room);
    if (order.timeInForce === 'fok' && !isZero(subtract(wanted, quantity))) return ended(rest, 'expired', 'time_in_force');
    const fills = isPositive(quantity) ? [...order.fills, fillFor(order, quantity, price, maker)] : order.fills;
    const saved = settled({ ...rest, fills, updatedAtMs: clock.now() });
    shed(order);
    funds.reserve(order.apiKey);
    return saved;
  };

  /** A reduce-only order of a venue that cuts it to what there is to reduce. */
  const fitted = (order: LinearOrder): LinearOrder =>
    rules.reduceOnlyExcess === 'truncate' && isClosing(order)
      ? { ...order, quantity: lesser(order.quantity, funds.closable(order)) }
      : order;

  const entered = (asked: LinearOrder): Order => {
    const order: LinearOrder = { ...fitted(asked), workingSinceMs: clock.now(), updatedAtMs: clock.now() };
    const price = prices.of(order.pair.symbol);
    if (!crosses(order, price)) return rests(order) ? resting(order) : ended(order, 'expired', 'time_in_force');
    return order.timeInForce === 'post_only' ? ended(order, 'expired', 'post_only') : executed(order, price, false);
  };

  const aboutOf = (apiKey: ApiKey) => ({ rules, book, funds, prices, holder: holderOf(apiKey) });

  const endReasons: Partial<Readonly<Record<LinearRefusal, EndReason>>> = {
    reduce_only: 'reduce_only',
    would_match: 'post_only',
  };
  const triggered = (order: LinearOrder): Order => {
    const reason = entryRefusal(order, aboutOf(order.apiKey));
    return reason === undefined ? entered(order) : ended(order, 'expired', endReasons[reason] ?? 'insufficient_funds');
  };

  prices.onChange((symbol) => {
    const price = prices.of(symbol);
    const waiting = book.open().filter(({ exchange, pair }) => exchange === rules.exchange && pair.symbol === symbol);
    for (const { apiKey, orderId } of waiting) {
      const order = book.byId(apiKey, orderId);
      // An earlier fill in this loop may have ended it.
      if (order === undefined || !isOpen(order) || !isLinear(order)) continue;
      if (order.workingSinceMs === undefined) {
        if (order.trigger !== undefined && hasReached(order.trigger, price)) triggered(order);
      } else if (order.price !== undefined && crosses(order, price)) executed(order, order.price, true);
    }
    for (const apiKey of traders) funds.reserve(apiKey);
  });

  return {
    place: (draft) => {
      const nowMs = clock.now();
      const asked: LinearOrder = {
        ...draft,
        market: 'linear',
        orderId: ids.nextOrderId(),
        status: 'new',
        fills: [],
        acceptedAtMs: nowMs,
        updatedAtMs: nowMs,
      };
      const about = aboutOf(draft.apiKey);
      const waits = asked.trigger !== undefined;
      const reason = formRefusal(asked, about) ?? (waits ? undefined : entryRefusal(asked, about));
      if (reason !== undefined) return { outcome: 'refused', reason };
      traders.add(asked.apiKey);
      parts.onAccepted?.(asked);
      return { outcome: 'accepted', order: waits ? save(asked) : entered(asked) };
    },
    cancel: (order) => ended(order, 'canceled'),
    settings: createLinearSettings({ book, funds, holderOf, rules, prices }),
    margin: funds.view,
  };
};
