import type { SignItem } from '@latchkey/contracts';
import { isAppError } from '@latchkey/kernel';
import type { RpcClient } from '@latchkey/messaging';
import { contextOf } from './vault-fixture.js';

/** What one asking for one signature came to: `signed`, a code of the vault, or `no answer` (its process died with the question). */
export type Asked = 'signed' | 'no answer' | (string & {});

/** Asks as the executor does. The one place that knows how. */
export const askForSignature = async (executor: RpcClient, item: SignItem): Promise<Asked> => {
  try {
    const { items } = await executor.call(
      'cmd.key-vault.sign',
      { items: [item], context: contextOf('executor') },
      { deadlineMs: 2_000 },
    );
    const [answer] = items;
    return answer?.ok === true ? 'signed' : (answer?.code ?? 'no answer');
  } catch (error) {
    if (isAppError(error) && ['rpc.timeout', 'rpc.unavailable'].includes(error.code)) return 'no answer';
    return isAppError(error) ? error.code : 'failed';
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

/** Asked again for so long: what a killed process took with it is somebody else's at once, and a machine that is busy is merely slow. */
const askForMs = 60_000;
const pauseMs = 100;
/** As an executor's lanes: what cannot be asked yet is asked later, so that a slow machine gets a lower rate and not a growing heap. */
const maxOpen = 16;

/** So many signatures a second, evenly, as far as answers keep up with it, until it is stopped. */
export const startLoad = (executor: RpcClient, perSecond: number, nextItem: () => SignItem) => {
  const failed: string[] = [];
  const took: number[] = [];
  const open = new Set<Promise<void>>();
  let [asked, askedAgain] = [0, 0];
  const beganAt = performance.now();

  const one = async (): Promise<void> => {
    const startedAt = performance.now();
    let outcome: Asked = 'no answer';
    for (let tries = 1; outcome === 'no answer' && performance.now() - startedAt < askForMs; tries += 1) {
      if (tries === 2) askedAgain += 1;
      if (tries > 1) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      outcome = await askForSignature(executor, nextItem());
    }
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
