import type { Decimal } from '@latchkey/kernel';
import type { Fill, Refusal, Submission, TradeRequest } from './events.js';

type Counted = {
  readonly request: TradeRequest;
  /** Attempts so far, and how many of them may have reached the venue. */
  readonly attempts: number;
  readonly sends: number;
  /** Attempts that were looked for and not found. */
  readonly absences: number;
};
type Attempted = Counted & { readonly attempt: Submission };
type Ended = Counted & Refusal & { readonly attempt?: Submission };

/** Why a trade waits for (another) attempt; only `absent` needs a venue that checks the window again at its engine. */
export type Waiting = 'first' | 'not_sent' | 'turned_away' | 'absent';

type Placed = Attempted & { readonly orderId: string; readonly ordered?: Decimal; readonly fills: readonly Fill[] };

/** A trade as its history says; each status has exactly the facts that it can have. */
export type Trade =
  | { readonly status: 'none' }
  | (Counted & {
      readonly status: 'requested';
      readonly waiting: Waiting;
      readonly attempt?: Submission;
      readonly last?: Refusal;
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
  | (Ended & { readonly status: 'denied' })
  | (Ended & { readonly status: 'expired' });

export type TradeIn<Status extends Trade['status']> = Extract<Trade, { readonly status: Status }>;

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
