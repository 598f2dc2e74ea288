import { messageOf } from '@latchkey/kernel';

type Options = {
  readonly work: () => Promise<void>;
  readonly log: { readonly error: (facts: object, message: string) => void };
  /** What fails keeps what was there; said in this sentence. */
  readonly failed: string;
};

/** Does some work on each SIGHUP, one after another. The answer ends it, and resolves when the last is over. */
export const onHangUp = ({ work, log, failed }: Options): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve();
  const listener = (): void => {
    running = running.then(work).catch((error: unknown) => log.error({ reason: messageOf(error) }, failed));
  };
  process.on('SIGHUP', listener);
  return () => {
    process.off('SIGHUP', listener);
    return running;
  };
};
