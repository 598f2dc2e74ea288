import type { Environment, ExchangeName, MarketType } from '@latchkey/contracts';
import type { Decimal, TradeId, UserId } from '@latchkey/kernel';
import type { ListedOrder, RecordedTrade } from '../../domain/reconciliation/compare-orders.js';
import type { Drift } from '../../domain/reconciliation/drift.js';

/** One market of one account. */
export type BookKey = {
  readonly userId: UserId;
  readonly exchange: ExchangeName;
  readonly environment: Environment;
  readonly marketType: MarketType;
};

export type ActiveBook = BookKey & {
  readonly partition: number;
  /** Milliseconds, our clock: the newest trade, or change of what is owned. */
  readonly lastChange: number;
};

/** One symbol of a book, as our record has it. */
export type RecordedSymbol = {
  readonly symbol: string;
  /** What all followings of the account own together, by their own fills. */
  readonly owned: Decimal;
  /** Something is under way here: amounts say nothing now. */
  readonly open: boolean;
  /** The venue's id of the oldest order of the last day that is known by one: lists begin there. */
  readonly since?: string;
};

/** Our side of the books. */
export type Books = {
  /** Those of these partitions in which something happened within a day, or something is owned. */
  readonly active: (partitions: readonly number[]) => Promise<readonly ActiveBook[]>;
  /** `revision` changes with everything that is recorded in the book. */
  readonly read: (book: BookKey) => Promise<{ readonly symbols: readonly RecordedSymbol[]; readonly revision: string }>;
  /** Of these trades those that are this account's and of this symbol: an id says nothing of who used it. */
  readonly trades: (
    book: BookKey & { readonly symbol: string },
    tradeIds: readonly TradeId[],
  ) => Promise<ReadonlyMap<TradeId, RecordedTrade>>;
};

/** Where what was found is recorded; telling the same twice records it once. */
export type BookNotices = {
  readonly holding: (drift: Drift, drifts: boolean) => Promise<'detected' | 'resolved' | 'known'>;
  readonly unknownOrder: (book: BookKey, order: ListedOrder & { readonly symbol: string }) => Promise<boolean>;
};
