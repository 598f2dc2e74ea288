import type { OrderId } from '../../core/names.js';
import { isOpen, type Order } from '../../core/order.js';
import { isVisible } from '../../core/order-faults.js';
import { json, type SignedCall, type SignedEndpoint } from '../endpoint.js';
import { cutPage, inPage, readPage } from '../page.js';
import { refuse } from '../refusal.js';
import { findOrder, readOrderName } from './find-order.js';
import { orderWire, tradeWire } from './order-wire.js';
import type { SpotParts } from './spot-parts.js';

const visibleOrders = ({ world }: SpotParts, { account, target }: SignedCall): readonly Order[] =>
  world.book
    .of('spot')
    .ofAccount(account.apiKey)
    .filter((order) => isVisible(world, target, order));

/** `GET /api/v3/order`. */
export const queryOrder = (parts: SpotParts): SignedEndpoint => ({
  method: 'GET',
  path: '/api/v3/order',
  security: 'user_data',
  weight: 4,
  read: (params) => {
    const name = readOrderName(params, parts.markets);
    return ({ account, target }) => {
      const order = findOrder(parts.world, account, name);
      if (order === undefined || !isVisible(parts.world, target, order)) throw refuse.noSuchOrder();
      return json(orderWire(order));
    };
  },
});

/** `GET /api/v3/openOrders`. */
export const openOrders = (parts: SpotParts): SignedEndpoint => ({
  method: 'GET',
  path: '/api/v3/openOrders',
  security: 'user_data',
  weight: (params) => (params.has('symbol') ? 6 : 80),
  read: (params) => {
    const market = parts.markets.optional(params);
    return (call) => {
      const open = visibleOrders(parts, call).filter(isOpen);
      return json(open.filter(({ pair }) => market === undefined || pair.symbol === market.symbol).map(orderWire));
    };
  },
});

/** `GET /api/v3/allOrders`: oldest first from an id, else the newest ones. */
export const allOrders = (parts: SpotParts): SignedEndpoint => ({
  method: 'GET',
  path: '/api/v3/allOrders',
  security: 'user_data',
  weight: 20,
  read: (params) => {
    const { symbol } = parts.markets.required(params);
    const fromId = params.integer('orderId') as OrderId | undefined;
    const page = readPage(params);
    return (call) => {
      const found = visibleOrders(parts, call).filter(
        (order) => order.pair.symbol === symbol && order.orderId >= (fromId ?? 0) && inPage(page, order.acceptedAtMs),
      );
      return json(cutPage(found, page, fromId).map(orderWire));
    };
  },
});

/** `GET /api/v3/myTrades`. */
export const myTrades = (parts: SpotParts): SignedEndpoint => ({
  method: 'GET',
  path: '/api/v3/myTrades',
  security: 'user_data',
  weight: (params) => (params.has('orderId') ? 5 : 20),
  read: (params) => {
    const { symbol } = parts.markets.required(params);
    const orderId = params.integer('orderId');
    const fromId = params.integer('fromId');
    const page = readPage(params);
    return (call) => {
      const orders = visibleOrders(parts, call).filter(
        (order) => order.pair.symbol === symbol && (orderId === undefined || order.orderId === orderId),
      );
      const trades = orders
        .flatMap((order) => order.fills.map((fill) => ({ order, fill })))
        .filter(({ fill }) => fill.tradeId >= (fromId ?? 0) && inPage(page, fill.atMs))
        .sort((a, b) => a.fill.tradeId - b.fill.tradeId);
      return json(cutPage(trades, page, fromId).map(({ order, fill }) => tradeWire(order, fill)));
    };
  },
});
