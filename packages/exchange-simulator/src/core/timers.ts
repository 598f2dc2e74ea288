import type { CancelTimer, SimClock } from './clock.js';

/** A wait that someone else may end: `ended` resolves after its time, at `release`, or when the simulation ends. */
export type Hold = { readonly ended: Promise<void>; readonly release: () => void };

/** The waits of one simulation, so that a reset or a stop leaves none behind. */
export type Timers = {
  /** `true` after `ms`; `false` at once when the simulation ends first. */
  readonly sleep: (ms: number) => Promise<boolean>;
  /** Runs `run` after `ms`, unless the simulation ends first. */
  readonly later: (ms: number, run: () => void) => void;
  /** @param ms 0: without an end of its own */
  readonly hold: (ms: number) => Hold;
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
    hold: (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const release = (): void => {
        waiting.delete(entry);
        entry.cancel();
        resolve();
      };
      const entry = { cancel: ms === 0 ? () => undefined : clock.schedule(ms, () => release()), abandon: () => resolve() };
      waiting.add(entry);
      return { ended: promise, release };
    },
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
