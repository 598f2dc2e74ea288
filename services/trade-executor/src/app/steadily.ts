/**
 * Forgives short interruptions of what holds otherwise.
 *
 * @param forMs how long it must not have held, seen by whoever asks, to count as not holding; before it held for the first time it does not
 */
export const createSteadily = (
  holds: () => boolean,
  forMs: number,
  now: () => number = () => performance.now(),
): (() => boolean) => {
  let heldAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (holds()) heldAt = now();
    return now() - heldAt < forMs;
  };
};
