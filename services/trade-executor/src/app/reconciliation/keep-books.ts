import { isAppError, messageOf, type Clock } from '@latchkey/kernel';
import { nextComparison } from '../../domain/reconciliation/schedule.js';
import type { ActiveBook, Books } from '../ports/books.js';
import type { Exchanges } from '../ports/exchange.js';
import type { HeldPartitions, Log } from '../ports/work.js';
import type { Compared, reconcileHoldings } from './reconcile-holdings.js';
import type { reconcileOrders } from './reconcile-orders.js';

export type KeepBooksOptions = {
  readonly books: Books;
  readonly orders: ReturnType<typeof reconcileOrders>;
  readonly holdings: ReturnType<typeof reconcileHoldings>;
  readonly exchanges: Exchanges;
  readonly partitions: HeldPartitions;
  readonly clock: Clock;
  readonly log: Log;
  /** False while it is not known whether our record is the newest there is: a restored one would find drift everywhere. */
  readonly mayTrade: () => boolean;
  /** 0 to 1, for each account anew: what its turn is moved by. */
  readonly random: () => number;
  /** One book at a time, and this much between two: reconciliation never takes what orders and look-ups need. */
  readonly gapMs: number;
};

const everyMs = 5_000;
/** Until the second look at a difference, until one that stands is looked at again, and until a venue that did not tell is asked again. */
const againMs: Readonly<Record<Exclude<Compared, 'done'>, number>> = { confirm: 3_000, drifts: 60_000, untold: 60_000 };

type Turn = { readonly lastComparison: number; readonly spread: number; readonly result: Compared };

const nameOf = ({ userId, exchange, environment, marketType }: ActiveBook): string =>
  [exchange, environment, marketType, userId].join('/');

/**
 * Compares the books of accounts with their venues, at start and then as the schedule says: orders against trades, holdings against what our
 * followings own. What is found is recorded; nothing is ever traded to make the books match.
 */
export const keepBooks = ({
  books,
  orders,
  holdings,
  exchanges,
  partitions,
  clock,
  log,
  mayTrade,
  random,
  gapMs,
}: KeepBooksOptions) => {
  const turns = new Map<string, Turn>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let ending: (() => void) | undefined;
  let stopped = false;

  const isDue = (book: ActiveBook): boolean => {
    const turn = turns.get(nameOf(book));
    if (!turn) return true;
    if (turn.result !== 'done') return clock.now() >= turn.lastComparison + againMs[turn.result];
    return clock.now() >= nextComparison({ lastChange: book.lastChange, lastComparison: turn.lastComparison }, turn.spread);
  };

  const compareBook = async (book: ActiveBook, before: Compared | undefined): Promise<Compared> => {
    const exchange = exchanges(book);
    const lease = partitions().get(book.partition);
    if (!exchange || !lease || exchange.clock.now() === undefined || exchange.pausedUntil() > clock.now()) return 'untold';
    // A second look at what is held needs no second list of orders.
    if (before === 'confirm') return holdings(book, exchange);
    let told = true;
    for (const symbol of (await books.read(book)).symbols) {
      told = (await orders(book, symbol, exchange, lease)) && told;
    }
    const compared = await holdings(book, exchange);
    return told ? compared : 'untold';
  };

  const compareNow = async (book: ActiveBook): Promise<Compared> => {
    try {
      return await compareBook(book, turns.get(nameOf(book))?.result);
    } catch (error) {
      if (!isAppError(error, 'event_store.lease_lost') && !isAppError(error, 'event_store.version_conflict'))
        log.warn(
          { userId: book.userId, exchange: book.exchange, reason: messageOf(error) },
          'an account’s books could not be compared; they are tried again',
        );
      return 'untold';
    }
  };

  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      const wait = setTimeout(resolve, gapMs);
      ending = () => {
        clearTimeout(wait);
        resolve();
      };
    });

  const round = async (all = false): Promise<void> => {
    const held = [...partitions().keys()];
    if (held.length === 0 || !mayTrade()) return;
    const active = await books.active(held);
    const known = new Set(active.map(nameOf));
    for (const name of turns.keys()) if (!known.has(name)) turns.delete(name);
    // At start everything is due: in no order, so that executors that start together do not ask for the same venue first.
    const due = active.filter((book) => all || isDue(book)).map((book) => ({ book, place: random() }));
    for (const { book } of due.toSorted((a, b) => a.place - b.place)) {
      if (stopped) return;
      const lastComparison = clock.now();
      turns.set(nameOf(book), { lastComparison, spread: random(), result: await compareNow(book) });
      await rest();
    }
  };

  const begin = (): void => {
    running = round()
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'books could not be read; it is tried again'))
      .finally(() => {
        if (!stopped) timer = setTimeout(begin, everyMs);
      });
  };

  return {
    start: begin,
    /** One round now: every book that is due, or every one. */
    round,
    stop: async (): Promise<void> => {
      stopped = true;
      clearTimeout(timer);
      ending?.();
      await running;
    },
  };
};
