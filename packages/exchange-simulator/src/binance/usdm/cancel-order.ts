import { isOpen } from '../../core/order.js';
import { json, type SignedEndpoint } from '../endpoint.js';
import { refuse } from '../refusal.js';
import { usdmChangeWire } from './order-wire.js';
import { findUsdmOrder, readUsdmOrderName } from './query-orders.js';
import type { UsdmParts } from './usdm-parts.js';

/** `DELETE /fapi/v1/order`. Goes to the engine, so an order that look-ups do not show yet can be cancelled. */
const cancelOrder = (parts: UsdmParts): SignedEndpoint => ({
  method: 'DELETE',
  path: '/fapi/v1/order',
  security: 'futures_trade',
  weight: 1,
  changesBook: true,
  read: (params) => {
    const name = readUsdmOrderName(params, parts);
    return (call) =>
      call.commit(() => {
        const order = findUsdmOrder(parts, call, name);
        if (order === undefined || !isOpen(order)) throw refuse.cancel('Unknown order sent.');
        return json(usdmChangeWire(parts.markets, parts.engine.cancel(order)));
      });
  },
});

/** `DELETE /fapi/v1/allOpenOrders`: all of one symbol; none open is no error. Algo orders would stay. */
const cancelAll = (parts: UsdmParts): SignedEndpoint => ({
  method: 'DELETE',
  path: '/fapi/v1/allOpenOrders',
  security: 'futures_trade',
  weight: 1,
  changesBook: true,
  read: (params) => {
    const { symbol } = parts.markets.required(params);
    return ({ account, commit }) =>
      commit(() => {
        for (const order of parts.book.openOf(account.apiKey)) if (order.pair.symbol === symbol) parts.engine.cancel(order);
        return json({ code: 200, msg: 'success' });
      });
  },
});

export const usdmCancels = (parts: UsdmParts): readonly SignedEndpoint[] => [cancelOrder(parts), cancelAll(parts)];
