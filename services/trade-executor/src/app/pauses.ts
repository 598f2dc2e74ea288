import { ExecutorError } from './executor-error.js';
import type { Limit, Pause } from './ports/work.js';

/** Waits that end at once, with `executor.stopping`, when the process shuts down. */
export const createPauses = () => {
  const waiting = new Set<() => void>();
  let stopped = false;
  const stopping = () =>
    new ExecutorError('executor.stopping', 'the executor stops; the trade goes on with whoever holds its partition next');
  const pause: Pause = (ms) =>
    new Promise((resolve, reject) => {
      if (stopped) return reject(stopping());
      const end = (): void => {
        clearTimeout(timer);
        reject(stopping());
      };
      const timer = setTimeout(() => {
        waiting.delete(end);
        resolve();
      }, ms);
      waiting.add(end);
    });
  return {
    pause,
    stop: (): void => {
      stopped = true;
      for (const end of waiting) end();
      waiting.clear();
    },
  };
};

/** @param most how much runs at once; the rest waits in the order it came */
export const createLimit = (most: number): Limit => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next(); // hands its place on
      else running -= 1;
    }
  };
};
