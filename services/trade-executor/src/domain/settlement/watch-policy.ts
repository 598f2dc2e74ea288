const minuteMs = 60_000;
const longestPauseMs = 60 * minuteMs;

/** An order that was not found, at a venue where that proves nothing for good, may still appear within this long. */
export const watchMs = 24 * 60 * minuteMs;

/**
 * When to look for it next: one minute after its trade ended, then each time as old again, at most hourly. A process that does not know of an
 * earlier look looks at once.
 *
 * @returns undefined: the watch is over
 */
export const nextSighting = (endedAt: number, lastLookAt: number | undefined, now: number): number | undefined => {
  const first = endedAt + minuteMs;
  const next =
    lastLookAt === undefined
      ? Math.max(first, now)
      : lastLookAt + Math.min(longestPauseMs, Math.max(minuteMs, lastLookAt - endedAt));
  return next > endedAt + watchMs ? undefined : next;
};
