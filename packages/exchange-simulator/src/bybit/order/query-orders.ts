import { isOpen, type Order } from '../../core/order.js';
import { isVisible } from '../../core/order-faults.js';
import { settleCoin, type BybitParts } from '../bybit-parts.js';
import { listed, signedRead, type SignedCall, type SignedEndpoint } from '../endpoint.js';
import { paged } from '../paging.js';
import type { Category } from '../params.js';
import { refuse } from '../refusal.js';
import { timeRange, weekMs, type TimeRange } from '../time-range.js';
import { findOrder, readOrderName } from './find-order.js';
import { executionWire, orderWire } from './order-wire.js';

const dayMs = 86_400_000;
/** `realtime` knows no more of what has ended. */
const keptClosed = 500;

const all = ({ world }: BybitParts, { account, target }: SignedCall, category: Category): readonly Order[] =>
  world.book
    .of(category)
    .ofAccount(account.apiKey)
    .filter((order) => isVisible(world, target, order));

const newestFirst = (orders: readonly Order[]): readonly Order[] => [...orders].reverse();

/** The one order that the request names, or the given ones; a name that finds nothing is an empty list and no error. */
const named = (parts: BybitParts, call: SignedCall, category: Category): readonly Order[] | undefined => {
  const name = readOrderName(call.params);
  if (name === undefined) return undefined;
  const order = findOrder(parts, call, category, name);
  return order !== undefined && isVisible(parts.world, call.target, order) ? [order] : [];
};

/** The market filters that lists have. @throws {BybitRefusal} 10001 for a linear list without any of them */
const inScope = (parts: BybitParts, { params }: SignedCall, category: Category, needed: boolean) => {
  const market = parts.markets.optional(params, category);
  const baseCoin = params.text('baseCoin');
  const settles = params.text('settleCoin');
  if (needed && category === 'linear' && market === undefined && baseCoin === undefined && settles === undefined)
    throw refuse.parameter('symbol or settleCoin or baseCoin is required');
  return ({ pair }: Order): boolean =>
    (market === undefined || pair.symbol === market.symbol) &&
    (baseCoin === undefined || pair.base === baseCoin) &&
    (settles === undefined || settles === settleCoin);
};

const isConditional = (order: Order): boolean => order.echo['triggerPrice'] !== undefined;
const fitsFilter = (order: Order, filter: string | undefined): boolean => {
  if (filter === undefined) return true;
  if (order.market === 'spot') return order.echo['orderFilter'] === filter;
  return (filter === 'StopOrder') === isConditional(order);
};

/**
 * `GET /v5/order/realtime`: open orders, or with `openOnly` the newest 500 that have ended. An id goes before everything else that was
 * sent, and finds both.
 */
export const openOrders = (parts: BybitParts): SignedEndpoint =>
  signedRead('/v5/order/realtime', 'read', (call) => {
    const { params } = call;
    const category = params.category();
    const byName = named(parts, call, category);
    const within = inScope(parts, call, category, byName === undefined);
    const filter = params.text('orderFilter');
    const ended = new Set(
      parts.world.book
        .of(category)
        .lastEndedOf(call.account.apiKey, keptClosed)
        .map(({ orderId }) => orderId),
    );
    const askedForEnded = [1, 2].includes(params.integer('openOnly') ?? 0);
    const isListed = (order: Order): boolean => (askedForEnded ? ended.has(order.orderId) : isOpen(order));
    const list = newestFirst(
      byName?.filter((order) => isOpen(order) || ended.has(order.orderId)) ??
        all(parts, call, category).filter((order) => isListed(order) && within(order) && fitsFilter(order, filter)),
    );
    const page = paged(params, list, { standard: 20, most: 50 });
    return listed(category, page.rows.map(orderWire), page.nextPageCursor);
  });

/** What the archive keeps: for a day all that has ended, for a week what was not cancelled or rejected, then only what was filled. */
const isArchived = (order: Order, nowMs: number): boolean => {
  if (isOpen(order)) return false;
  const ageMs = nowMs - order.updatedAtMs;
  if (order.fills.length > 0) return true;
  return ageMs <= (order.status === 'filled' ? weekMs : dayMs);
};
const isWithin = ({ fromMs, toMs }: TimeRange, atMs: number): boolean => atMs >= fromMs && atMs <= toMs;

/** `GET /v5/order/history`: orders that have ended. */
export const orderHistory = (parts: BybitParts): SignedEndpoint =>
  signedRead('/v5/order/history', 'read', (call) => {
    const { params } = call;
    const category = params.category();
    const nowMs = parts.world.clock.now();
    const range = timeRange(params, nowMs);
    const within = inScope(parts, call, category, false);
    const filter = params.text('orderFilter');
    const status = params.text('orderStatus');
    const inRange = (): readonly Order[] =>
      all(parts, call, category).filter(
        (order) => isWithin(range, order.acceptedAtMs) && within(order) && fitsFilter(order, filter),
      );
    const kept = (named(parts, call, category) ?? inRange()).filter((order) => isArchived(order, nowMs));
    const rows = newestFirst(kept).map((order) => orderWire(order) as { readonly orderStatus: string });
    const page = paged(
      params,
      rows.filter(({ orderStatus }) => status === undefined || orderStatus === status),
      { standard: 20, most: 50 },
    );
    return listed(category, page.rows, page.nextPageCursor);
  });

/** `GET /v5/execution/list`: fills, newest first. With an id everything else that was sent is ignored. */
export const executions = (parts: BybitParts): SignedEndpoint =>
  signedRead('/v5/execution/list', 'read', (call) => {
    const { params } = call;
    const category = params.category();
    const byName = named(parts, call, category);
    const range = timeRange(params, parts.world.clock.now());
    const within = inScope(parts, call, category, false);
    const fills = (byName ?? all(parts, call, category).filter(within))
      .flatMap((order) => order.fills.map((fill) => ({ order, fill })))
      .filter(({ fill }) => isWithin(range, fill.atMs))
      .sort((a, b) => b.fill.tradeId - a.fill.tradeId);
    const page = paged(params, fills, { standard: 50, most: 100 });
    const list = page.rows.map(({ order, fill }) => executionWire(order, fill));
    return listed(category, list, page.nextPageCursor);
  });
