import type { OrderDraft } from '../trade/commands.js';
import type { Refusal } from '../trade/events.js';

/** What is known after something went wrong with a request: facts of the wire, never a library's class of error. */
export type Failure = {
  /** False only where it is proven that no byte of the request left this process. */
  readonly sent: boolean;
  /** Absent when no answer came. */
  readonly http?: number;
  /** The venue's own number, where the answer had one. */
  readonly code?: number;
  /** The venue's own words, or the transport's; never a URL, because a URL holds the signature. */
  readonly message?: string;
  readonly retryAfterMs?: number;
  /** What the wire did: `timeout`, `ECONNRESET`, `unreadable_body`, … */
  readonly cause: string;
  /** Why our own last check held it back, in words; then `sent` is false. */
  readonly withheld?: string;
};

/** Whether an account holds one position per symbol, or a long and a short one side by side. */
export type PositionMode = 'one_way' | 'hedge';

/** Reason of a `turned_away` that taught an account's {@link PositionMode}. */
export const positionModeReason = 'venue.position_mode';

/** What a failed attempt proves. */
export type AttemptOutcome =
  | ({ readonly outcome: 'not_sent' } & Refusal)
  | ({ readonly outcome: 'rejected' } & Refusal)
  /** Not taken, for a reason that passes. */
  | ({
      readonly outcome: 'turned_away';
      readonly retryAfterMs?: number;
      readonly resyncClock?: boolean;
      /** What the refusal taught of the account: the next attempt fits it. */
      readonly positionMode?: PositionMode;
    } & Refusal)
  | { readonly outcome: 'unknown'; readonly cause: string; readonly venueSaidUnknown: boolean };

/** Whether an account has the leverage that an order is to be traded at. `unavailable`: nobody said so, and asking again does no harm. */
export type LeverageOutcome =
  | { readonly outcome: 'set' }
  | ({ readonly outcome: 'refused' } & Refusal)
  | ({ readonly outcome: 'unavailable'; readonly resyncClock?: boolean } & Refusal);

/** Adds what a refused form of the order teaches: the account keeps its positions the other way. */
export const withPositionMode = (outcome: AttemptOutcome, { positionSide }: Pick<OrderDraft, 'positionSide'>): AttemptOutcome =>
  outcome.outcome === 'turned_away' && outcome.reason === positionModeReason
    ? { ...outcome, positionMode: positionSide === undefined ? 'hedge' : 'one_way' }
    : outcome;

/** What a failed look-up proves about the order: that the venue does not know it now, that we may not ask, or nothing. */
export type LookupFailure = (
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'unavailable'; readonly retryAfterMs?: number }
) &
  Refusal;
