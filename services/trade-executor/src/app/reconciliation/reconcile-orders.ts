import type { HeldLease } from '@latchkey/event-store';
import type { TradeId } from '@latchkey/kernel';
import { compareOrders, tradeOf, type ListedOrder } from '../../domain/reconciliation/compare-orders.js';
import type { BookKey, BookNotices, Books, RecordedSymbol } from '../ports/books.js';
import type { Exchange } from '../ports/exchange.js';
import type { Trades } from '../ports/trades.js';
import type { Vault } from '../ports/vault.js';
import type { Log } from '../ports/work.js';
import { recordFact } from '../record-fact.js';
import { accountRead } from './account-reads.js';

export type OrdersDeps = {
  readonly books: Pick<Books, 'trades'>;
  readonly notices: Pick<BookNotices, 'unknownOrder'>;
  readonly trades: Trades;
  readonly vault: Pick<Vault, 'sign'>;
  /** A trade that was over has something to be followed again. */
  readonly onLateFact: () => void;
  readonly log: Log;
};

type Place = { readonly book: BookKey; readonly exchange: Exchange; readonly symbol: string };

const withFills = async ({ book, exchange, symbol }: Place, order: ListedOrder, { vault }: OrdersDeps): Promise<ListedOrder> => {
  const call = accountRead(book, exchange, vault);
  return call ? { ...order, fills: await exchange.fills({ symbol, orderId: order.orderId }, call) } : order;
};

const unknownOrder = async ({ book, symbol }: Place, order: ListedOrder, { notices, log }: OrdersDeps): Promise<void> => {
  if (!(await notices.unknownOrder(book, { ...order, symbol }))) return;
  const { orderId, clientOrderId, status, filled } = order;
  log.error(
    { alarm: 'order.unknown', ...book, symbol, orderId, clientOrderId, status, filled },
    'an order with an id of ours stands at the exchange, and no trade of ours has sent it',
  );
};

const lateFact = async (
  place: Place,
  { tradeId, order }: { readonly tradeId: TradeId; readonly order: ListedOrder },
  lease: HeldLease,
  deps: OrdersDeps,
): Promise<boolean> => {
  const of = await deps.trades.load(tradeId);
  if (of.trade.status === 'none' || !of.trade.attempt) {
    await unknownOrder(place, order, deps);
    return false;
  }
  const seen = await withFills(place, order, deps);
  const { attempt } = of.trade.attempt;
  const { clientOrderId: _id, ...snapshot } = seen;
  const data = { attempt, order: snapshot, foundBy: 'lookup' as const };
  const after = await recordFact(deps.trades, of, { type: 'RecordOrder', data }, lease);
  if (after.version === of.version) return false;
  const { orderId, status, filled } = order;
  deps.log.error(
    { alarm: 'order.late_sighting', tradeId, orderId, status, filled },
    'the exchange lists an order otherwise than its trade had ended; the trade now says what is there',
  );
  return true;
};

/** Orders by their ids, as the venue lists them, against the record. @returns false: the venue did not tell, and it is asked again later */
export const reconcileOrders =
  (deps: OrdersDeps) =>
  async (book: BookKey, { symbol, since }: RecordedSymbol, exchange: Exchange, lease: HeldLease): Promise<boolean> => {
    if (!exchange.recentOrders) return true;
    const call = accountRead(book, exchange, deps.vault);
    if (!call) return false;
    const listed = await exchange.recentOrders({ symbol, ...(since !== undefined && { since }) }, call);
    if (!listed) return false;
    const ids = listed.flatMap(({ clientOrderId }) => tradeOf(clientOrderId) ?? []);
    const recorded = await deps.books.trades(ids);
    const { late, unknown } = compareOrders(recorded, listed);
    const place = { book, exchange, symbol };
    for (const order of unknown) await unknownOrder(place, order, deps);
    const found = [];
    for (const one of late) found.push(await lateFact(place, one, lease, deps));
    if (found.includes(true)) deps.onLateFact();
    return true;
  };
