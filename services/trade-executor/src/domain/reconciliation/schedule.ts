const minuteMs = 60_000;
const firstMs = 5 * minuteMs;
const longestMs = 6 * 60 * minuteMs;

/**
 * When an account's books are compared next: five minutes after something happened there, then each time as long again as it has been quiet,
 * at most every six hours. What was never compared by this process is due at once.
 *
 * @param spread 0 to 1, chosen for each account: up to a quarter of the wait is added, so that a thousand accounts of one signal do not come
 *   all at once
 */
export const nextComparison = (
  { lastChange, lastComparison }: { readonly lastChange: number; readonly lastComparison: number | undefined },
  spread: number,
): number => {
  if (lastComparison === undefined) return 0;
  const quietMs = lastComparison - lastChange;
  const waitMs = quietMs < 0 ? firstMs : Math.min(longestMs, Math.max(firstMs, quietMs));
  return Math.max(lastComparison, lastChange) + waitMs * (1 + spread / 4);
};
