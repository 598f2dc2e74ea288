import { messageOf } from '@latchkey/kernel';

type Options = {
  readonly everyMs: number;
  readonly what: string;
  readonly work: () => Promise<void>;
  readonly log: { readonly warn: (facts: object, message: string) => void };
};

/** Does some work again and again, never twice at once. The answer stops it, and resolves when the last round is over. */
export const every = ({ everyMs, what, work, log }: Options): (() => Promise<void>) => {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work()
        .catch((error: unknown) => log.warn({ what, reason: messageOf(error) }, 'this round failed; the next one tries again'))
        .finally(next);
    }, everyMs);
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
};
