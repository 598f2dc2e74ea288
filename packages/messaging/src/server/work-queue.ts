/** Runs at most so many jobs at once, holds some more, and knows when all of them are done. */
export type WorkQueue = {
  /** False: full, the job was not taken. */
  readonly add: (job: () => Promise<void>) => boolean;
  /** Resolves once nothing runs or waits. */
  readonly idle: () => Promise<void>;
  readonly size: () => number;
};

export const createWorkQueue = ({
  maxRunning,
  maxWaiting,
}: {
  readonly maxRunning: number;
  readonly maxWaiting: number;
}): WorkQueue => {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  let idlers: (() => void)[] = [];

  const next = (): void => {
    while (running < maxRunning) {
      const job = waiting.shift();
      if (!job) break;
      running += 1;
      void job().finally(() => {
        running -= 1;
        next();
      });
    }
    if (running > 0 || waiting.length > 0) return;
    const resolved = idlers;
    idlers = [];
    for (const resolve of resolved) resolve();
  };

  return {
    add: (job) => {
      if (running >= maxRunning && waiting.length >= maxWaiting) return false;
      waiting.push(job);
      next();
      return true;
    },
    idle: () => (running === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    size: () => running + waiting.length,
  };
};
