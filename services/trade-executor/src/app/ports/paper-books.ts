import type { ExchangeName, MarketType } from '@latchkey/contracts';
import type { Decimal, UserId } from '@latchkey/kernel';
import type { PaperAccount, PaperFill, PaperOutcome } from '../../domain/paper/fill-on-paper.js';
import type { Refusal } from '../../domain/trade/events.js';

export type PaperKey = { readonly userId: UserId; readonly exchange: ExchangeName; readonly marketType: MarketType };

/** An order as the paper venue has it: filled as a whole, at once. */
export type PaperBooked = PaperFill & { readonly orderId: string; readonly at: string };

/** The paper venue's own books, which outlive every process. */
export type PaperBooks = {
  /**
   * Takes an order once, whatever its account comes to by `fill`, in one transaction; one that is there already is answered as it stands.
   * After `until` (milliseconds, by the database's clock) nothing is taken any more, however long it was on its way.
   *
   * @returns what was booked, or why nothing was
   */
  readonly place: (
    key: PaperKey,
    order: { readonly clientOrderId: string; readonly symbol: string; readonly until: number },
    fill: (account: PaperAccount) => PaperOutcome,
  ) => Promise<
    | { readonly ok: true; readonly booked: PaperBooked }
    | ({ readonly ok: false; /** It came too late to be looked at. */ readonly late?: true } & Refusal)
  >;
  readonly find: (clientOrderId: string) => Promise<PaperBooked | undefined>;
  /** What an account has; one that was never used has what everybody begins with. */
  readonly account: (key: PaperKey) => Promise<PaperAccount>;
  /** Sets what an account has of these assets; its positions and orders stay. */
  readonly setBalances: (key: PaperKey, balances: Readonly<Record<string, Decimal>>) => Promise<void>;
};
