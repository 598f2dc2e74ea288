import type { Clock } from '@latchkey/kernel';

/** A clock that stands still until told otherwise. */
export type ManualClock = Clock & {
  readonly advance: (byMs: number) => void;
  readonly set: (toMs: number) => void;
};

/** @param startMs milliseconds since the epoch; a fixed day when not given, so that no spec depends on today */
export const manualClock = (startMs = Date.UTC(2026, 0, 15, 12)): ManualClock => {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance: (byMs) => {
      nowMs += byMs;
    },
    set: (toMs) => {
      nowMs = toMs;
    },
  };
};
