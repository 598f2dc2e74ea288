import type { Account } from '../../core/accounts.js';
import { isOpen, type Order } from '../../core/order.js';
import { json, type SignedEndpoint } from '../endpoint.js';
import { legal, oneOf, type Params } from '../params.js';
import { refuse } from '../refusal.js';
import { findOrder, readOrderName } from './find-order.js';
import { canceledWire } from './order-wire.js';
import type { SpotParts } from './spot-parts.js';

const restrictions = ['ONLY_NEW', 'ONLY_PARTIALLY_FILLED'] as const;

const readRestriction = (params: Params): (typeof restrictions)[number] | undefined => {
  const sent = params.text('cancelRestrictions');
  return sent === undefined ? undefined : oneOf(sent, restrictions, refuse.cancelRestrictions);
};

const cancelled = ({ engine, world }: SpotParts, order: Order, sentId: string | undefined): object => {
  const cancelId = sentId ?? world.ids.newClientOrderId();
  return canceledWire(engine.cancel({ ...order, cancelId }), cancelId);
};

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
    const cancellable = (account: Account): Order => {
      const order = findOrder(parts.world, account, name);
      if (order === undefined || !isOpen(order)) throw refuse.cancel('Unknown order sent.');
      if (restriction !== undefined && (restriction === 'ONLY_NEW') !== (order.status === 'new'))
        throw refuse.cancel('Order was not canceled due to cancel restrictions.');
      return order;
    };
    return ({ account, commit }) => {
      cancellable(account);
      return commit(() => json(cancelled(parts, cancellable(account), cancelId), { weightless: true }));
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
    const cancellable = (account: Account): readonly Order[] => {
      const open = parts.world.book
        .of('spot')
        .open()
        .filter(({ apiKey, pair }) => apiKey === account.apiKey && pair.symbol === symbol);
      if (open.length === 0) throw refuse.cancel('Unknown order sent.');
      return open;
    };
    return ({ account, commit }) => {
      cancellable(account);
      return commit(() =>
        json(
          cancellable(account).map((order) => cancelled(parts, order, undefined)),
          { weightless: true },
        ),
      );
    };
  },
});
