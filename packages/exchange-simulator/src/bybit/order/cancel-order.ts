import { isOpen, type Order } from '../../core/order.js';
import { settleCoin, type BybitParts } from '../bybit-parts.js';
import { change, result, type SignedEndpoint } from '../endpoint.js';
import { orderLinkIdOf, wireOrderId } from '../order-id.js';
import type { Category, Params } from '../params.js';
import { refuse } from '../refusal.js';
import { findOrder, readOrderName } from './find-order.js';
import { spotFilters } from './order-params.js';

const ids = (order: Order): object => ({ orderId: wireOrderId(order.orderId), orderLinkId: orderLinkIdOf(order) });

const cancel = ({ spot, linear }: BybitParts, order: Order): Order =>
  order.market === 'spot' ? spot.cancel(order) : linear.cancel(order);

/** Spot keeps its kinds of orders apart, and means plain ones when nothing is said; linear cancels any kind. */
const fitsFilter = (order: Order, filter: string | undefined): boolean =>
  order.market === 'linear'
    ? filter === undefined || (filter === 'StopOrder') === (order.workingSinceMs === undefined)
    : order.echo['orderFilter'] === (filter ?? 'Order');

/** `POST /v5/order/cancel`. Goes to the engine, so an order that look-ups do not show yet can be cancelled. */
export const cancelOrder = (parts: BybitParts): SignedEndpoint =>
  change('/v5/order/cancel', 'trade', (call) => {
    const category = call.params.category();
    const { symbol } = parts.markets.required(call.params, category);
    const filter = call.params.oneOf('orderFilter', spotFilters);
    const name = readOrderName(call.params);
    if (name === undefined) throw refuse.parameter('OrderId or OrderLinkId is required');
    return call.commit(() => {
      const order = findOrder(parts, call, category, name);
      const meant = order?.pair.symbol === symbol && isOpen(order) && fitsFilter(order, filter);
      if (!meant) throw refuse[category].notFound();
      return result(ids(cancel(parts, order)));
    });
  });

const scope = (params: Params, category: Category, parts: BybitParts): ((order: Order) => boolean) => {
  const market = parts.markets.optional(params, category);
  const baseCoin = params.text('baseCoin');
  const settles = params.text('settleCoin');
  if (category === 'linear' && market === undefined && baseCoin === undefined && settles === undefined)
    throw refuse.parameter('symbol or settleCoin or baseCoin is required');
  return ({ pair }) =>
    (market === undefined || pair.symbol === market.symbol) &&
    (baseCoin === undefined || pair.base === baseCoin) &&
    (settles === undefined || settles === settleCoin);
};

/** `POST /v5/order/cancel-all`. */
export const cancelAllOrders = (parts: BybitParts): SignedEndpoint =>
  change('/v5/order/cancel-all', 'trade', (call) => {
    const category = call.params.category();
    const within = scope(call.params, category, parts);
    const filter = call.params.oneOf('orderFilter', spotFilters);
    return call.commit(() => {
      const open = parts.world.book.of(category).openOf(call.account.apiKey);
      const meant = open.filter((order) => within(order) && fitsFilter(order, filter));
      return result({ list: meant.map((order) => ids(cancel(parts, order))), success: '1' });
    });
  });
