import { ExecutorError } from './executor-error.js';
import type { Pause } from './ports/work.js';

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
