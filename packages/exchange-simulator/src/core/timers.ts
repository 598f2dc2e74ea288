import type { CancelTimer, SimClock } from './clock.js';

/** The waits of one simulation, so that a reset or a stop leaves none behind. */
export type Timers = {
  /** `true` after `ms`; `false` at once when the simulation ends first. */
  readonly sleep: (ms: number) => Promise<boolean>;
  /** Runs `run` after `ms`, unless the simulation ends first. */
  readonly later: (ms: number, run: () => void) => void;
  readonly cancelAll: () => void;
};

export const createTimers = (clock: SimClock): Timers => {
  const waiting = new Set<{ readonly cancel: CancelTimer; readonly abandon: () => void }>();

  const wait = (ms: number, run: () => void, abandon: () => void): void => {
    const cancel = clock.schedule(ms, () => {
      waiting.delete(entry);
      run();
    });
    const entry = { cancel, abandon };
    waiting.add(entry);
  };

  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        wait(
          ms,
          () => resolve(true),
          () => resolve(false),
        );
      }),
    later: (ms, run) => wait(ms, run, () => undefined),
    cancelAll: () => {
      const abandoned = [...waiting];
      waiting.clear();
      for (const { cancel, abandon } of abandoned) {
        cancel();
        abandon();
      }
    },
  };
};
