import type { Decimal, TradeId } from '@latchkey/kernel';
import type { Fill, Refusal, Submission, TradeRequest } from './events.js';

/** An order of this trade that has ended while there may be another one to send: what an exit closed before it knew all there was. */
export type EndedLeg = {
  readonly attempt: Submission;
  readonly attempts: number;
  readonly outcome: 'filled' | 'canceled' | 'rejected';
  readonly orderId?: string;
  readonly ordered?: Decimal;
  /** As the venue counts it; fills may have got lost on the way. */
  readonly venueFilled: Decimal;
  readonly venueAveragePrice?: Decimal;
  readonly fills: readonly Fill[];
  readonly reason?: string;
  readonly message?: string;
};

type Counted = {
  readonly request: TradeRequest;
  /** Orders of exits that came before the one in work. */
  readonly earlier: readonly EndedLeg[];
  /** The exit that took away the right to send this again. */
  readonly withdrawnBy?: TradeId;
  /** Attempts of this leg so far, and how many of them may have reached the venue. */
  readonly attempts: number;
  readonly sends: number;
  /** Attempts that were looked for and not found. */
  readonly absences: number;
};
type Attempted = Counted & { readonly attempt: Submission };
type Ended = Counted & Refusal & { readonly attempt?: Submission };

/**
 * Why a trade waits for (another) attempt; only `absent` needs a venue that checks the window again at its engine. `rest`: an exit has sent an
 * order while others of its following were unknown, and goes on when it is known what they left to close.
 */
export type Waiting = 'first' | 'not_sent' | 'turned_away' | 'absent' | 'rest';

type Placed = Attempted & { readonly orderId: string; readonly ordered?: Decimal; readonly fills: readonly Fill[] };

/** A trade as its history says; each status has exactly the facts that it can have. */
export type Trade =
  | { readonly status: 'none' }
  | (Counted & {
      readonly status: 'requested';
      readonly waiting: Waiting;
      readonly attempt?: Submission;
      readonly last?: Refusal;
      /** An exit that found nothing to send as yet, and looks out for what may turn up. */
      readonly deferred?: true;
    })
  | (Attempted & { readonly status: 'submitted' })
  | (Attempted & { readonly status: 'unknown'; readonly cause: string; readonly venueSaidUnknown: boolean })
  | (Placed & { readonly status: 'accepted' })
  | (Placed & {
      readonly status: 'closed';
      readonly outcome: 'filled' | 'canceled';
      readonly venueFilled: Decimal;
      readonly venueAveragePrice?: Decimal;
      /** Why the venue ended it, where it said so. */
      readonly reason?: string;
      readonly message?: string;
    })
  | (Attempted & Refusal & { readonly status: 'rejected' })
  | (Attempted &
      Refusal & {
        readonly status: 'unverifiable';
        /** What was known of an order that the venue had taken. */
        readonly orderId?: string;
        readonly ordered?: Decimal;
        readonly fills: readonly Fill[];
      })
  | (Ended & { readonly status: 'completed' })
  | (Ended & { readonly status: 'denied' })
  | (Ended & { readonly status: 'expired' });

export type TradeIn<Status extends Trade['status']> = Extract<Trade, { readonly status: Status }>;

/** An exit that has sent what it could, and waits for what may turn up: nothing waits for it. */
export const isResting = (trade: Trade): boolean =>
  trade.status === 'requested' && (trade.waiting === 'rest' || trade.deferred === true);

/** Nothing more will be done for it by itself; late facts are still recorded. */
export const isSettled = (trade: Trade): boolean => {
  switch (trade.status) {
    case 'none':
    case 'requested':
    case 'submitted':
    case 'unknown':
    case 'accepted':
      return false;
    default:
      return true;
  }
};
