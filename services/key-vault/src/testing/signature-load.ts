import type { SignItem } from '@latchkey/contracts';
import { isAppError } from '@latchkey/kernel';
import type { RpcClient } from '@latchkey/messaging';
import type { AskingSession, MessageKey, TrustedKeys } from '@latchkey/sealing';
import { askIn, openSession } from './spec-session.js';

/** What one asking for one signature came to: `signed`, a code of the vault, or `no answer` (its process died with the question). */
export type Asked = 'signed' | 'no answer' | (string & {});

/** Asks for signatures as the executor does; the one place that knows how. */
export type Asking = (item: SignItem) => Promise<Asked>;

/** In a session with whichever vault answers, and in another one once that vault is gone. */
export const askInSessions = (executor: RpcClient, keys: { readonly key: MessageKey; readonly trusted: TrustedKeys }): Asking => {
  let session: Promise<AskingSession> | undefined;
  return async (item) => {
    const used = (session ??= openSession(executor, keys));
    const lost = (): Asked => {
      if (session === used) session = undefined;
      return 'no answer';
    };
    try {
      const [answer] = (await askIn(executor, await used, [item])) ?? [];
      if (answer === undefined) return lost();
      return answer.ok ? 'signed' : answer.code;
    } catch (error) {
      if (!isAppError(error)) throw error;
      return lost();
    }
  };
};

/** Asked again for so long: what a killed process took with it is somebody else's at once, and a machine that is busy is merely slow. */
const askForMs = 60_000;
const pauseMs = 100;

/** Asks until there is an answer; each time with a new timestamp, as the executor would. @returns the last outcome, and how often it asked */
export const askUntilAnswered = async (ask: Asking, itemNow: () => SignItem): Promise<{ outcome: Asked; asked: number }> => {
  const startedAt = performance.now();
  for (let asked = 1; ; asked += 1) {
    const outcome = await ask(itemNow());
    if (outcome !== 'no answer' || performance.now() - startedAt >= askForMs) return { outcome, asked };
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
};

/** Figures of a load that ran for a while. */
export type Load = {
  readonly asked: number;
  /** Those that got no answer at first and were asked for once more, with a new timestamp: the process that had the question was killed. */
  readonly askedAgain: number;
  /** Codes of those that were not signed in the end. */
  readonly failed: readonly string[];
  readonly perSecond: number;
  /** Milliseconds from the first asking to the signature, of the slowest hundredth; a killed process costs a whole deadline. */
  readonly p99Ms: number;
};

/** As an executor's lanes: what cannot be asked yet is asked later, so that a slow machine gets a lower rate and not a growing heap. */
const maxOpen = 16;

/** So many signatures a second, evenly, as far as answers keep up with it, until it is stopped. */
export const startLoad = (ask: Asking, perSecond: number, nextItem: () => SignItem) => {
  const failed: string[] = [];
  const took: number[] = [];
  const open = new Set<Promise<void>>();
  let [asked, askedAgain] = [0, 0];
  const beganAt = performance.now();

  const one = async (): Promise<void> => {
    const startedAt = performance.now();
    const { outcome, asked: times } = await askUntilAnswered(ask, nextItem);
    if (times > 1) askedAgain += 1;
    took.push(performance.now() - startedAt);
    if (outcome !== 'signed') failed.push(outcome);
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - beganAt) * perSecond) / 1_000);
    for (; asked < due && open.size < maxOpen; asked += 1) {
      const asking: Promise<void> = one().finally(() => open.delete(asking));
      open.add(asking);
    }
  }, 5);
  return {
    stop: async (): Promise<Load> => {
      clearInterval(timer);
      const seconds = (performance.now() - beganAt) / 1_000;
      await Promise.all(open);
      const p99Ms = took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0;
      return { asked, askedAgain, failed, perSecond: asked / seconds, p99Ms };
    },
  };
};
