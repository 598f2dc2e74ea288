import type { FreezeSwitch } from './ports.js';
import type { Executor } from './verification-ports.js';

type Log = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
};

type Deps = {
  readonly executor: Pick<Executor, 'isThere'>;
  readonly freeze: Pick<FreezeSwitch, 'state'>;
  /** Whether log and stream were compared: no string is signed before (`sign-when-known.ts`). */
  readonly isKnown: () => boolean;
  readonly log: Log;
};

/**
 * Whether a verification that is begun now could be answered. One whose strings are refused, or that nobody asks about, would be an event and a
 * longer pause for each key, just when all of them should be asked about as soon as that is over.
 */
export const createReadiness = ({ executor, freeze, isKnown, log }: Deps): (() => Promise<boolean>) => {
  let told: string | undefined;
  const obstacle = async (): Promise<string | undefined> => {
    if (!isKnown()) return 'its log is not compared';
    if ((await freeze.state()).frozen) return 'the vault is frozen';
    return (await executor.isThere()) ? undefined : 'the executor is away';
  };
  return async () => {
    const reason = await obstacle();
    if (reason !== told) {
      if (reason === undefined) log.info({}, 'keys that are due are verified again');
      else log.warn({ reason }, 'keys that are due wait, and none is switched off for that');
    }
    told = reason;
    return reason === undefined;
  };
};
