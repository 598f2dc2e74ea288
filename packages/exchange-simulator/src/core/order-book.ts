import type { ApiKey, OrderId } from './names.js';
import { isOpen, type Order } from './order.js';

/** Every order the venue ever took, in the order it took them. */
export type OrderBook = {
  readonly put: (order: Order) => void;
  readonly all: () => readonly Order[];
  readonly ofAccount: (apiKey: ApiKey) => readonly Order[];
  readonly open: () => readonly Order[];
  readonly byId: (apiKey: ApiKey, orderId: OrderId) => Order | undefined;
  /** The open one; else the newest, since a client id may be used again once its order has ended. */
  readonly byClientId: (apiKey: ApiKey, clientOrderId: string) => Order | undefined;
};

export const createOrderBook = (): OrderBook => {
  const orders = new Map<OrderId, Order>();
  const openOrders = new Map<OrderId, Order>();
  const perAccount = new Map<ApiKey, OrderId[]>();
  const perClientId = new Map<string, OrderId[]>();

  const indexed = <Key>(index: Map<Key, OrderId[]>, key: Key): readonly Order[] =>
    (index.get(key) ?? []).map((id) => orders.get(id)).filter((order) => order !== undefined);
  const append = <Key>(index: Map<Key, OrderId[]>, key: Key, id: OrderId): void => {
    const ids = index.get(key);
    if (ids === undefined) index.set(key, [id]);
    else ids.push(id);
  };
  const clientKey = (apiKey: ApiKey, clientOrderId: string): string => `${apiKey} ${clientOrderId}`;

  return {
    put: (order) => {
      if (!orders.has(order.orderId)) {
        append(perAccount, order.apiKey, order.orderId);
        append(perClientId, clientKey(order.apiKey, order.clientOrderId), order.orderId);
      }
      orders.set(order.orderId, order);
      if (isOpen(order)) openOrders.set(order.orderId, order);
      else openOrders.delete(order.orderId);
    },
    all: () => [...orders.values()],
    ofAccount: (apiKey) => indexed(perAccount, apiKey),
    open: () => [...openOrders.values()],
    byId: (apiKey, orderId) => {
      const order = orders.get(orderId);
      return order?.apiKey === apiKey ? order : undefined;
    },
    byClientId: (apiKey, clientOrderId) => {
      const found = indexed(perClientId, clientKey(apiKey, clientOrderId));
      return found.find(isOpen) ?? found.at(-1);
    },
  };
};
