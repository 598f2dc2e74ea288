import type { SimClock } from './clock.js';

/** A count that starts again at 0 whenever a calendar-aligned interval begins, as the venues' windows do. */
export type FixedWindow = {
  readonly used: () => number;
  /** Never below 0: what is given back after the interval ended is no credit. */
  readonly add: (amount: number) => void;
  readonly msToReset: () => number;
};

export const createFixedWindow = (clock: Pick<SimClock, 'now'>, intervalMs: number): FixedWindow => {
  let interval = -1;
  let count = 0;
  const roll = (): void => {
    const current = Math.floor(clock.now() / intervalMs);
    if (current === interval) return;
    interval = current;
    count = 0;
  };
  return {
    used: () => {
      roll();
      return count;
    },
    add: (amount) => {
      roll();
      count = Math.max(0, count + amount);
    },
    msToReset: () => intervalMs - (clock.now() % intervalMs),
  };
};
