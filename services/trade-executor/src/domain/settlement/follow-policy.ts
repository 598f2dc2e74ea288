import { isSilent, provableFrom } from './lookup-policy.js';
import type { LookupFailure } from './outcome.js';

const minuteMs = 60_000;
/** "You may not ask" this often, with no other definite answer in between. */
const refusalsToEnd = 3;
const betweenRefusalsMs = 2_000;
/** "Not found" this often and for this long: a venue's lists lag by seconds. */
const absencesToEnd = 10;
const lostAfterMs = 60 * minuteMs;

/** A market order is filled within milliseconds, and some venues only say that they took it: its result is read at once. */
const firstPausesMs = [0, 100, 300];
const nextPauseMs = 500;
const longestPauseMs = 30_000;

type Answer = 'found' | LookupFailure['outcome'];

/** What look-ups of an order that the venue took have answered since it was last found; all times by the venue's clock. */
export type FollowState = {
  readonly rounds: number;
  readonly last?: Answer;
  readonly refusals: number;
  readonly absences: number;
  readonly absentSince?: number;
  readonly silentSince?: number;
};

export const notFollowedYet: FollowState = { rounds: 0, refusals: 0, absences: 0 };

/** How long to wait before the next look. */
export const followPauseMs = ({ rounds, last }: FollowState): number =>
  last === 'refused'
    ? betweenRefusalsMs
    : (firstPausesMs[rounds] ?? Math.min(longestPauseMs, nextPauseMs * 2 ** Math.min(rounds - firstPausesMs.length, 10)));

/**
 * Adds one answer. Refusals count only from when the outcome of the attempt would be provable: a key that is being replaced is refused for a
 * moment too. "Not found" and "you may not ask" each begin anew after the other; an answer that says nothing leaves them as they are.
 */
export const afterLook = (
  { rounds, refusals, absences, absentSince, silentSince }: FollowState,
  answer: Answer,
  at: number,
  attempt: { readonly timestamp: number; readonly recvWindow: number },
): FollowState => {
  const next = { rounds: rounds + 1, last: answer };
  switch (answer) {
    case 'found':
      return { ...next, refusals: 0, absences: 0 };
    case 'refused': {
      const counts = at > provableFrom({ ...attempt, venueSaidUnknown: false });
      return { ...next, refusals: counts ? refusals + 1 : refusals, absences: 0 };
    }
    case 'absent':
      return { ...next, refusals: 0, absences: absences + 1, absentSince: absentSince ?? at };
    case 'unavailable':
      return {
        ...next,
        refusals,
        absences,
        ...(absentSince !== undefined && { absentSince }),
        silentSince: silentSince ?? at,
      };
  }
};

/** Why an order that the venue took is followed no more. */
export type FollowEnd = 'refused' | 'lost' | 'silent';

/** @returns undefined: it is followed on */
export const followEnd = (
  { refusals, absences, absentSince, silentSince }: FollowState,
  venueNow: number,
): FollowEnd | undefined => {
  if (refusals >= refusalsToEnd) return 'refused';
  if (absentSince !== undefined && absences >= absencesToEnd && venueNow - absentSince >= lostAfterMs) return 'lost';
  return isSilent(silentSince, venueNow) ? 'silent' : undefined;
};
