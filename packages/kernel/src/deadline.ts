import { AppError } from './app-error.js';

export class DeadlineError extends AppError<'kernel.deadline_exceeded'> {}

/**
 * The outcome of `work`, or a {@link DeadlineError} once `timeoutMs` have passed. The work itself goes on: pass it the signal to end it too.
 *
 * @param what named in the error, e.g. `the answer of key-vault`
 */
export const withDeadline = async <T>(what: string, timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new DeadlineError('kernel.deadline_exceeded', `${what} did not come within ${timeoutMs} ms`, { timeoutMs });
      controller.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
};
