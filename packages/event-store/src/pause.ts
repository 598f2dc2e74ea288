/** A wait that somebody can end early; a wake-up that comes while nobody waits ends the next wait. */
export type Pause = { readonly wait: (ms: number) => Promise<void>; readonly wake: () => void };

export const createPause = (): Pause => {
  let pending = false;
  let resume: (() => void) | undefined;
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        if (pending) {
          pending = false;
          resolve();
          return;
        }
        const end = () => {
          clearTimeout(timer);
          resume = undefined;
          resolve();
        };
        const timer = setTimeout(end, ms);
        resume = end;
      }),
    wake: () => {
      if (resume) resume();
      else pending = true;
    },
  };
};
