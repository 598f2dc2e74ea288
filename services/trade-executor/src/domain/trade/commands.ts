import type { Decimal, Leg, TradeId } from '@latchkey/kernel';
import type { Fee, Fill, Refusal, TradeRequest } from './events.js';

/** Which of a hedge account's two positions an order opens or closes; a one-way account has but one, and takes none of these. */
export type PositionSide = 'long' | 'short';

/** The order as the venue has it, whether it came with the answer or was looked up. */
export type OrderSnapshot = {
  readonly orderId: string;
  /**
   * `open`: it stands, or its result must still be read; it is followed at once. `rejected`: the venue took it in and then refused it, which
   * counts where nothing was executed.
   */
  readonly status: 'open' | 'filled' | 'canceled' | 'rejected';
  /** Where the venue says it; an attempt that a restored database had lost is known by it. */
  readonly side?: 'buy' | 'sell';
  /** Why the venue ended it, where it says so. */
  readonly refusal?: Refusal;
  /** Base units asked for; absent while the venue has not turned a quote amount into one. */
  readonly amount?: Decimal;
  readonly filled: Decimal;
  readonly averagePrice?: Decimal;
  readonly fills: readonly Fill[];
  /** What the venue took for all of it, where it says so without listing each execution. */
  readonly fees?: readonly Fee[];
  /** The venue lists no more executions of one order than these. */
  readonly fillsCut?: true;
};

/** What a single attempt would put on the wire. */
export type OrderDraft = {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly amount?: Decimal;
  readonly quoteAmount?: Decimal;
  /** Only for accounts that are known to be in hedge mode. */
  readonly positionSide?: PositionSide;
  /** It may only make the position smaller; spot has no such order. */
  readonly reduceOnly?: true;
};

type AttemptNumber = { readonly attempt: number };

export type TradeCommand =
  | { readonly type: 'RequestTrade'; readonly data: TradeRequest }
  | { readonly type: 'Deny'; readonly data: Refusal }
  | { readonly type: 'Expire'; readonly data: Refusal }
  | {
      readonly type: 'Submit';
      readonly data: AttemptNumber & {
        readonly leg: string;
        readonly order: OrderDraft;
        /** Our clock, for the signal's age. */
        readonly now: number;
        /** The venue's clock, as it will be signed. */
        readonly timestamp: number;
        readonly recvWindow: number;
        readonly paramsHash: string;
        /** True where a proven absence allows another attempt: the venue checks the window at its engine or never takes an id twice. */
        readonly resendAfterAbsence: boolean;
        /** True where an attempt that was not found can never appear any more. */
        readonly absenceIsProof: boolean;
        /** As the vault is asked; what closes is never barred. */
        readonly purpose: 'open' | 'close';
        /** How old its signal may be, counted from receipt. */
        readonly maxAgeMs: number;
        /** What is bought or sold, for the fees that are taken in it. */
        readonly baseAsset?: string;
        /** What its price, and so its result, is in. */
        readonly quoteAsset?: string;
        /** Of an opening: what it is worth in quote units, by the price at which it was sized. */
        readonly value?: Decimal;
        /** Of an exit: trades of its following that were unknown then. */
        readonly covers?: readonly TradeId[];
        /** What was found to speak against an opening, in the transaction that would have recorded it. */
        readonly barred?: Refusal;
      };
    }
  /** After the database was restored: an attempt that it no longer knows of may have been made. It is looked for before anything is sent. */
  | {
      readonly type: 'SuspectLostAttempt';
      readonly data: {
        readonly leg: Leg;
        readonly timestamp: number;
        readonly recvWindow: number;
        /** An exit's is a guess until the venue shows the order. */
        readonly side: 'buy' | 'sell';
      };
    }
  /** An exit comes: what was not sent is not sent any more, what may have been sent is not sent again. */
  | { readonly type: 'WithdrawResend'; readonly data: { readonly by: TradeId; readonly absenceIsProof: boolean } }
  /** An exit that has sent something, and has nothing more to send. */
  | { readonly type: 'CompleteExit'; readonly data: Refusal }
  /** An exit that has nothing to send as yet. */
  | { readonly type: 'DeferExit'; readonly data: Refusal }
  | {
      readonly type: 'RecordNotSent';
      /** `final`: no other attempt would be signed either. */
      readonly data: AttemptNumber &
        Refusal &
        ({ readonly final: false } | { readonly final: true; readonly absenceIsProof: boolean });
    }
  | { readonly type: 'RecordTurnedAway'; readonly data: AttemptNumber & Refusal }
  /** Of this attempt. An earlier one that was not found may still come, where absence is no proof. */
  | { readonly type: 'RecordRejected'; readonly data: AttemptNumber & Refusal & { readonly absenceIsProof: boolean } }
  | {
      readonly type: 'RecordUnknown';
      readonly data: AttemptNumber & { readonly cause: string; readonly venueSaidUnknown: boolean };
    }
  | {
      readonly type: 'RecordOrder';
      readonly data: AttemptNumber & { readonly order: OrderSnapshot; readonly foundBy: 'answer' | 'lookup' };
    }
  | { readonly type: 'RecordFills'; readonly data: { readonly fills: readonly Fill[] } }
  | { readonly type: 'RecordAbsence'; readonly data: AttemptNumber & { readonly lookups: number } }
  | { readonly type: 'RecordUnverifiable'; readonly data: AttemptNumber & Refusal };

export type CommandOf<Type extends TradeCommand['type']> = Extract<TradeCommand, { readonly type: Type }>['data'];
