import { isOpen, type Order } from '../../core/order.js';
import { json, type SignedEndpoint } from '../endpoint.js';
import { legal, oneOf, type Params } from '../params.js';
import { refuse } from '../refusal.js';
import { findOrder, readOrderName } from './find-order.js';
import { canceledWire } from './order-wire.js';
import type { SpotParts } from './place-order.js';

const restrictions = ['ONLY_NEW', 'ONLY_PARTIALLY_FILLED'] as const;

const readRestriction = (params: Params): (typeof restrictions)[number] | undefined => {
  const sent = params.text('cancelRestrictions');
  return sent === undefined ? undefined : oneOf(sent, restrictions, refuse.cancelRestrictions);
};

const cancelled = ({ engine, world }: SpotParts, order: Order, cancelId: string | undefined): object =>
  canceledWire(engine.cancel(order), cancelId ?? world.ids.newClientOrderId());

/** `DELETE /api/v3/order`. Goes to the engine, so an order that look-ups do not show yet can be cancelled. */
export const cancelOrder = (parts: SpotParts): SignedEndpoint => ({
  method: 'DELETE',
  path: '/api/v3/order',
  security: 'trade',
  weight: 1,
  changesBook: true,
  read: (params) => {
    const name = readOrderName(params, parts.markets);
    const cancelId = params.text('newClientOrderId', legal.clientOrderId);
    const restriction = readRestriction(params);
    return ({ account }) => {
      const order = findOrder(parts.world, account, name);
      if (order === undefined || !isOpen(order)) throw refuse.cancel('Unknown order sent.');
      // Orders here fill in full or not at all, so an open one is always NEW.
      if (restriction === 'ONLY_PARTIALLY_FILLED') throw refuse.cancel('Order was not canceled due to cancel restrictions.');
      return json(cancelled(parts, order, cancelId), { weightless: true });
    };
  },
});

/** `DELETE /api/v3/openOrders`: all of one symbol. */
export const cancelOpenOrders = (parts: SpotParts): SignedEndpoint => ({
  method: 'DELETE',
  path: '/api/v3/openOrders',
  security: 'trade',
  weight: 1,
  changesBook: true,
  read: (params) => {
    const { symbol } = parts.markets.required(params);
    return ({ account }) => {
      const open = parts.world.book.open().filter(({ apiKey, pair }) => apiKey === account.apiKey && pair.symbol === symbol);
      if (open.length === 0) throw refuse.cancel('Unknown order sent.');
      return json(
        open.map((order) => cancelled(parts, order, undefined)),
        { weightless: true },
      );
    };
  },
});
