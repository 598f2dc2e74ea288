/** An order as the venue's own book has it. */
export type BookedOrder = {
  readonly exchange: string;
  readonly market: string;
  readonly apiKey: string;
  readonly symbol: string;
  readonly status: string;
  readonly filled: string;
  readonly averagePrice: string | null;
  readonly clientOrderId: string;
};

/** A trade as the executor has it. */
export type OwnTrade = {
  readonly tradeId: string;
  readonly userId: string;
  readonly clientOrderId: string;
  readonly status: string;
  readonly reason: string | null;
  readonly filled: string;
  readonly averagePrice: string | null;
};

export type Differences = {
  /** Two orders of one name, or an order that nobody asked for. */
  readonly doubled: readonly string[];
  /** The venue holds what we say is not there, or we say is filled what it does not hold. */
  readonly wronglyFinal: readonly string[];
  /** Both know of it, and tell another quantity or price. */
  readonly unequal: readonly string[];
};

const same = (a: string | null, b: string | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(Number(a) - Number(b)) <= 1e-9 * Math.max(1, Math.abs(Number(b))));

const tell = (trade: OwnTrade, order?: BookedOrder): string =>
  `trade ${trade.tradeId}: ${trade.status} ${trade.reason ?? ''} ${trade.filled} at ${trade.averagePrice ?? '-'}; ` +
  `venue: ${order ? `${order.exchange} ${order.market} ${order.status} ${order.filled} at ${order.averagePrice ?? '-'}` : 'nothing'}`;

/** Ends in which an order was executed, wholly or in part. */
const executed: ReadonlySet<string> = new Set(['filled', 'canceled']);

/** Holds the executor's trades against the venue's book, order by order. */
export const differences = (trades: readonly OwnTrade[], book: readonly BookedOrder[]): Differences => {
  const byName = Map.groupBy(book, ({ clientOrderId }) => clientOrderId);
  const asked = new Set(trades.map(({ clientOrderId }) => clientOrderId));
  const doubled = [...byName].flatMap(([name, orders]) => {
    if (!asked.has(name)) return [`${name}: nobody asked for it`];
    // An order that the venue itself refused after all has moved nothing.
    const taken = orders.filter(({ status, filled }) => status !== 'rejected' || Number(filled) > 0);
    return taken.length > 1 ? [`${name}: ${taken.length} orders`] : [];
  });
  const wronglyFinal: string[] = [];
  const unequal: string[] = [];
  for (const trade of trades) {
    const [order] = byName.get(trade.clientOrderId) ?? [];
    const moved = order !== undefined && Number(order.filled) > 0;
    if (moved !== executed.has(trade.status)) {
      // An order that ended without a fill is nothing on either side.
      if (moved || trade.status !== 'canceled' || order === undefined) wronglyFinal.push(tell(trade, order));
    } else if (moved && (!same(trade.filled, order.filled) || !same(trade.averagePrice, order.averagePrice))) {
      unequal.push(tell(trade, order));
    }
  }
  return { doubled, wronglyFinal, unequal };
};
