import type { BybitParts } from '../bybit-parts.js';
import { change, type Endpoint } from '../endpoint.js';
import { refuse } from '../refusal.js';
import { cancelAllOrders, cancelOrder } from './cancel-order.js';
import { createOrder } from './place-order.js';
import { executions, openOrders, orderHistory } from './query-orders.js';

export const orderEndpoints = (parts: BybitParts): readonly Endpoint[] => [
  createOrder(parts),
  cancelOrder(parts),
  cancelAllOrders(parts),
  change('/v5/order/amend', 'trade', () => {
    throw refuse.notSimulated('order/amend');
  }),
  openOrders(parts),
  orderHistory(parts),
  executions(parts),
];
