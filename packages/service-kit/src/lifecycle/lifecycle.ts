import { messageOf, withDeadline } from '@latchkey/kernel';
import type { Logger } from '../logger/create-logger.js';

/** What must be put away in order when a service ends. */
export type Lifecycle = {
  /**
   * Registers a step. Steps run in the reverse order of registration: what was built last, on top of the others, goes first.
   *
   * @param options.timeoutMs how long it may take (5000); a step that is late is logged and left behind
   */
  readonly onStop: (name: string, run: () => Promise<void> | void, options?: { readonly timeoutMs?: number }) => void;
  /** Runs all steps once, one after another; a step that fails is logged and does not keep the others from running. Never rejects. */
  readonly stop: () => Promise<void>;
  /** True once {@link stop} was called. */
  readonly stopping: () => boolean;
};

type Step = { readonly name: string; readonly run: () => Promise<void> | void; readonly timeoutMs: number };

const defaultTimeoutMs = 5_000;

export const createLifecycle = ({ log }: { readonly log: Pick<Logger, 'info' | 'error'> }): Lifecycle => {
  const steps: Step[] = [];
  let stopped: Promise<void> | undefined;

  const runStep = async ({ name, run, timeoutMs }: Step): Promise<void> => {
    try {
      await withDeadline(name, timeoutMs, async () => run());
      log.info({ step: name }, 'stopped');
    } catch (error) {
      log.error({ step: name, err: error }, `did not stop well: ${messageOf(error)}`);
    }
  };

  const runAll = async (): Promise<void> => {
    // A step may be registered while stopping (a start that was overtaken): take until there is none.
    for (let step = steps.pop(); step; step = steps.pop()) await runStep(step);
  };

  return {
    onStop: (name, run, { timeoutMs = defaultTimeoutMs } = {}) => {
      steps.push({ name, run, timeoutMs });
    },
    stop: () => (stopped ??= runAll()),
    stopping: () => stopped !== undefined,
  };
};
