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
  let told: string | undefined;
  // Once per reason: a database that is away for an hour is not 3,600 lines.
  const failed = (error: unknown): void => {
    const reason = messageOf(error);
    if (reason !== told) log.warn({ what, reason }, 'this round failed; the next one tries again');
    told = reason;
  };
  const round = async (): Promise<void> => {
    try {
      await work();
      told = undefined;
    } catch (error) {
      failed(error);
    }
    next();
  };
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = round();
    }, everyMs);
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
};
