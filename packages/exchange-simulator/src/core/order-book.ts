import type { ApiKey, OrderId } from './names.js';
import { isOpen, type Market, type Order } from './order.js';

/** Every order that one market ever took, in the order it took them. The same ids in another market are other orders. */
export type MarketBook = {
  readonly put: (order: Order) => void;
  readonly all: () => readonly Order[];
  readonly ofAccount: (apiKey: ApiKey) => readonly Order[];
  readonly open: () => readonly Order[];
  /** The open ones of one account; costs no more when it has traded for long. */
  readonly openOf: (apiKey: ApiKey) => readonly Order[];
  /** The newest `most` of one account that have ended, in the order in which they did. */
  readonly lastEndedOf: (apiKey: ApiKey, most: number) => readonly Order[];
  readonly byId: (apiKey: ApiKey, orderId: OrderId) => Order | undefined;
  /** The open one; else the newest, since a client id may be used again once its order has ended. */
  readonly byClientId: (apiKey: ApiKey, clientOrderId: string) => Order | undefined;
};

export type BookListener = (before: Order | undefined, after: Order) => void;

/** The books of both markets. */
export type OrderBook = {
  readonly of: (market: Market) => MarketBook;
  /** Told of every change, with the order as it was before; streams and nothing else live on it. */
  readonly onChange: (listener: BookListener) => void;
  /** Into the book of the order's own market. */
  readonly put: (order: Order) => void;
  /** Both markets, oldest first. */
  readonly all: () => readonly Order[];
};

export const createOrderBook = (): OrderBook => {
  const listeners: BookListener[] = [];
  const changed: BookListener = (before, after) => {
    for (const listener of listeners) listener(before, after);
  };
  const books: Readonly<Record<Market, MarketBook>> = { spot: createMarketBook(changed), linear: createMarketBook(changed) };
  return {
    of: (market) => books[market],
    onChange: (listener) => {
      listeners.push(listener);
    },
    put: (order) => books[order.market].put(order),
    // Order numbers come from one source and grow, whatever the market.
    all: () => [...books.spot.all(), ...books.linear.all()].sort((a, b) => a.orderId - b.orderId),
  };
};

const createMarketBook = (changed: BookListener): MarketBook => {
  const orders = new Map<OrderId, Order>();
  const openOrders = new Map<OrderId, Order>();
  const openPerAccount = new Map<ApiKey, Map<OrderId, Order>>();
  const perAccount = new Map<ApiKey, OrderId[]>();
  const perClientId = new Map<string, OrderId[]>();
  const endedPerAccount = new Map<ApiKey, OrderId[]>();

  const named = (ids: readonly OrderId[]): readonly Order[] =>
    ids.map((id) => orders.get(id)).filter((order) => order !== undefined);
  const indexed = <Key>(index: Map<Key, OrderId[]>, key: Key): readonly Order[] => named(index.get(key) ?? []);
  const append = <Key>(index: Map<Key, OrderId[]>, key: Key, id: OrderId): void => {
    const ids = index.get(key);
    if (ids === undefined) index.set(key, [id]);
    else ids.push(id);
  };
  const clientKey = (apiKey: ApiKey, clientOrderId: string): string => `${apiKey} ${clientOrderId}`;

  return {
    put: (order) => {
      const before = orders.get(order.orderId);
      if (!isOpen(order) && (before === undefined || isOpen(before))) append(endedPerAccount, order.apiKey, order.orderId);
      if (before === undefined) {
        append(perAccount, order.apiKey, order.orderId);
        append(perClientId, clientKey(order.apiKey, order.clientOrderId), order.orderId);
      }
      orders.set(order.orderId, order);
      const own = openPerAccount.get(order.apiKey) ?? new Map<OrderId, Order>();
      openPerAccount.set(order.apiKey, own);
      for (const open of [openOrders, own]) {
        if (isOpen(order)) open.set(order.orderId, order);
        else open.delete(order.orderId);
      }
      changed(before, order);
    },
    all: () => [...orders.values()],
    ofAccount: (apiKey) => indexed(perAccount, apiKey),
    open: () => [...openOrders.values()],
    openOf: (apiKey) => [...(openPerAccount.get(apiKey)?.values() ?? [])],
    lastEndedOf: (apiKey, most) => named((endedPerAccount.get(apiKey) ?? []).slice(-most)),
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
