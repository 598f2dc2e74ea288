import type { HeldLease } from '@latchkey/event-store';
import type { TradeId } from '@latchkey/kernel';
import { compareOrders, tradeOf, type ListedOrder } from '../../domain/reconciliation/compare-orders.js';
import type { BookKey, BookNotices, Books, RecordedSymbol } from '../ports/books.js';
import type { Exchange } from '../ports/exchange.js';
import type { Trades } from '../ports/trades.js';
import type { Vault } from '../ports/vault.js';
import type { Log } from '../ports/work.js';
import { openUntilWhole } from '../known-fills.js';
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
  return call ? { ...order, fills: (await exchange.fills({ symbol, orderId: order.orderId }, call)) ?? [] } : order;
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
  const data = { attempt, order: openUntilWhole(of.trade, snapshot), foundBy: 'lookup' as const };
  const after = await recordFact(deps.trades, of, { type: 'RecordOrder', data }, lease);
  if (after.version === of.version) return false;
  const { orderId, status, filled } = order;
  deps.log.error(
    { alarm: 'order.late_sighting', tradeId, orderId, status, filled },
    'the exchange lists an order otherwise than its trade had ended; the trade now says what is there',
  );
  return true;
};

/** An account that orders more than that many pages since the oldest order of ours is compared in several turns. */
const mostPages = 4;

/**
 * Orders by their ids, as the venue lists them, against the record, page by page. @returns false: the venue did not tell, or there is more; it
 * goes on later where it stopped
 */
export const reconcileOrders = (deps: OrdersDeps) => {
  const stoppedAt = new Map<string, string>();

  const compared = async (place: Place, listed: readonly ListedOrder[], lease: HeldLease): Promise<void> => {
    const ids = listed.flatMap(({ clientOrderId }) => tradeOf(clientOrderId) ?? []);
    const recorded = await deps.books.trades({ ...place.book, symbol: place.symbol }, ids);
    const { late, unknown } = compareOrders(recorded, listed);
    for (const order of unknown) await unknownOrder(place, order, deps);
    const found = [];
    for (const one of late) found.push(await lateFact(place, one, lease, deps));
    if (found.includes(true)) deps.onLateFact();
  };

  return async (book: BookKey, { symbol, since }: RecordedSymbol, exchange: Exchange, lease: HeldLease): Promise<boolean> => {
    if (!exchange.recentOrders) return true;
    const name = [book.userId, book.exchange, book.environment, book.marketType, symbol].join('/');
    const place = { book, exchange, symbol };
    let from = stoppedAt.get(name) ?? since;
    for (let page = 1; page <= mostPages; page += 1) {
      const call = accountRead(book, exchange, deps.vault);
      if (!call) return false;
      const listed = await exchange.recentOrders({ symbol, ...(from !== undefined && { since: from }) }, call);
      if (!listed) return false;
      await compared(place, listed.orders, lease);
      if (listed.next === undefined || listed.next === from) {
        stoppedAt.delete(name);
        return true;
      }
      from = listed.next;
      stoppedAt.set(name, from);
    }
    return false;
  };
};
