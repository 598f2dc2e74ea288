/** After the last moment at which the venue takes the attempt, this long for its own books to agree. */
const settleMs = 10_000;
/** The same, when the venue itself said that it does not know. */
const settleAfterVenueUnknownMs = 60_000;
/** "Not found" this often, this far apart. */
const lookupsForAbsence = 3;
const betweenCountedMs = 2_000;

/** No answer of use for this long: there will be none. */
const silentAfterMs = 24 * 60 * 60_000;

/** @param since when the look-ups began to answer nothing of use; undefined: they do not */
export const isSilent = (since: number | undefined, venueNow: number): boolean =>
  since !== undefined && venueNow - since >= silentAfterMs;

const firstPauseMs = 500;
const longestPauseMs = 8_000;
const longestPauseAfterFailureMs = 30_000;

/** What has been learnt about an order whose outcome is unknown; all times by the venue's clock. */
export type LookupState = {
  readonly timestamp: number;
  readonly recvWindow: number;
  readonly venueSaidUnknown: boolean;
  /** Look-ups sent so far, whatever they answered. */
  readonly sent: number;
  readonly lastSentAt?: number;
  /** "Not found" (or: "you may not ask") from look-ups that count. */
  readonly counted: number;
  /** Look-ups in a row that answered nothing of use. */
  readonly failures: number;
};

export type NextLookup =
  | { readonly type: 'wait'; readonly untilMs: number }
  /** `counts`: a "not found" from this one is evidence. */
  | { readonly type: 'look'; readonly counts: boolean }
  | { readonly type: 'enough' };

/** From here on the venue can no longer take the attempt, and has had time to show it if it did. */
export const provableFrom = ({
  timestamp,
  recvWindow,
  venueSaidUnknown,
}: Pick<LookupState, 'timestamp' | 'recvWindow' | 'venueSaidUnknown'>): number =>
  timestamp + recvWindow + (venueSaidUnknown ? settleAfterVenueUnknownMs : settleMs);

const pauseMs = ({ sent, failures }: LookupState, counting: boolean): number => {
  if (counting) return Math.min(longestPauseAfterFailureMs, betweenCountedMs * 2 ** failures);
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (sent - 1));
};

/**
 * When to look the order up next. It is looked for at once and with growing pauses, because finding it settles everything at any time;
 * not finding it counts only from look-ups sent after the venue's clock passed {@link provableFrom}.
 */
export const nextLookup = (state: LookupState, venueNow: number): NextLookup => {
  if (state.counted >= lookupsForAbsence) return { type: 'enough' };
  const from = provableFrom(state);
  const counting = state.lastSentAt !== undefined && state.lastSentAt > from;
  const rested = state.lastSentAt === undefined ? venueNow : state.lastSentAt + pauseMs(state, counting);
  // Nothing is gained by waiting past the moment from which look-ups count.
  const due = counting ? rested : Math.min(rested, Math.max(from + 1, (state.lastSentAt ?? 0) + firstPauseMs));
  return due > venueNow ? { type: 'wait', untilMs: due } : { type: 'look', counts: venueNow > from };
};
