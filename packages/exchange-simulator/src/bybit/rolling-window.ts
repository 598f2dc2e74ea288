import type { SimClock } from '../core/clock.js';

/** How many events lie within the last `lengthMs`; unlike a calendar window it never starts again at 0. */
export type RollingWindow = {
  readonly used: () => number;
  readonly add: () => void;
  /** When the oldest event leaves the window; now, when there is none. */
  readonly freesAtMs: () => number;
};

export const createRollingWindow = (clock: Pick<SimClock, 'now'>, lengthMs: number): RollingWindow => {
  let times: number[] = [];
  const recent = (): readonly number[] => {
    const fromMs = clock.now() - lengthMs;
    if ((times[0] ?? Number.POSITIVE_INFINITY) <= fromMs) times = times.filter((atMs) => atMs > fromMs);
    return times;
  };
  return {
    used: () => recent().length,
    add: () => {
      times.push(clock.now());
    },
    freesAtMs: () => {
      const oldest = recent()[0];
      return oldest === undefined ? clock.now() : oldest + lengthMs;
    },
  };
};
