/** One running process of the stack. */
export type RunningPart = {
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly stop: () => Promise<void>;
};

export type PartOptions = {
  readonly name: string;
  readonly start: () => Promise<RunningPart>;
  readonly say: (line: string) => void;
  /** Called with each new process after the first. */
  readonly onRestart?: () => void;
};

/** A part that is started again, with growing pauses, whenever it ends by itself. */
export type SupervisedPart = { readonly name: string; readonly pid: () => number; readonly stop: () => Promise<void> };

const firstPauseMs = 100;
const longestPauseMs = 5_000;
const healthyAfterMs = 10_000;

/** Starts a part and keeps it running; rejects when its first start fails. */
export const supervise = async ({ name, start, say, onRestart }: PartOptions): Promise<SupervisedPart> => {
  let current = await start();
  let startedAt = Date.now();
  let stopping = false;
  let pauseMs = firstPauseMs;
  const rest = Promise.withResolvers<void>(); // resolved on stop, so that a pause ends at once

  const pause = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, pauseMs);
      }),
      rest.promise,
    ]);
    clearTimeout(timer);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };

  const keepRunning = async (): Promise<void> => {
    for (;;) {
      const { code, signal } = await current.exited;
      if (stopping) return;
      if (Date.now() - startedAt > healthyAfterMs) pauseMs = firstPauseMs;
      say(`${name} ended (${signal ?? `code ${code}`}); starting it again`);
      for (;;) {
        await pause();
        if (stopping) return;
        try {
          current = await start();
          break;
        } catch (error) {
          say(`${name} did not start: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      startedAt = Date.now();
      if (stopping) return current.stop();
      onRestart?.();
    }
  };
  const watching = keepRunning();

  return {
    name,
    pid: () => current.pid,
    stop: async () => {
      stopping = true;
      rest.resolve();
      await current.stop();
      await watching;
    },
  };
};
