import { randomUUID } from 'node:crypto';
import { exchange as exchanges, type ExchangeName } from '@latchkey/contracts';
import { isAppError, messageOf, newId, type Clock } from '@latchkey/kernel';
import type { ChangeCredential } from './change-credential.js';
import type { DueCredential, Executor, VerificationQueue } from './verification-ports.js';

type Log = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
};

export type ReverificationOptions = {
  readonly executor: Executor;
  /** Whether this process is the one that asks. */
  readonly isOurTurn: () => boolean;
  /** At most so many verifications are begun in a minute at each exchange: all users share the limit of our address. */
  readonly perMinute: number;
  readonly log: Log;
};

type Deps = ReverificationOptions & {
  readonly queue: Pick<VerificationQueue, 'nextDue'>;
  readonly change: ChangeCredential;
  readonly clock: Clock;
};

/** A venue that answers slowly is asked for no more keys than this at a time. */
const maxUnderWay = 4;

/** One exchange: when the next verification may begin, and how many are under way. */
type Pace = { readyAtMs: number; underWay: number };

/**
 * Daily re-verification, a step at a time. The vault opens the verification and the executor asks the venue, brings its answer to
 * `complete-verification`, and what follows is decided there, as when a user asks. A key whose verification came to nothing is due again after
 * a pause that grows with each attempt (`verification-schedule.ts`): nothing about that is kept here, so that a restart loses nothing.
 */
export const createReverification = ({ queue, executor, change, isOurTurn, perMinute, clock, log }: Deps) => {
  const spacingMs = 60_000 / perMinute;
  const paces = new Map<ExchangeName, Pace>(exchanges.options.map((name) => [name, { readyAtMs: 0, underWay: 0 }]));
  const running = new Set<Promise<void>>();
  let missing = false;

  const executorIsThere = async (): Promise<boolean> => {
    const there = await executor.isThere();
    if (there === missing) {
      if (there) log.info({}, 'the executor answers again; keys that are due are verified');
      else log.warn({}, 'the executor is away: no key is verified until it is back, and none is switched off for that');
    }
    missing = !there;
    return there;
  };

  const verify = async ({ streamVersion, ...credential }: DueCredential): Promise<void> => {
    const verificationId = randomUUID();
    const context = { actor: 'service:key-vault', correlationId: newId() };
    const { credentialId: id, exchange, environment } = credential;
    const facts = { credentialId: id, exchange, environment };
    try {
      const command = { type: 'BeginVerification', data: { verificationId, atMs: clock.now() } } as const;
      // A key that changed since it was found due (its owner verifies it, another vault was faster) is left alone.
      const { events } = await change({ id, command, context, onlyAt: streamVersion });
      if (events.length === 0) return;
      const { verified, code } = await executor.verify({ ...credential, verificationId, context });
      if (!verified) log.info({ ...facts, code }, 'a key did not pass its verification');
    } catch (error) {
      const code = isAppError(error) ? error.code : 'internal';
      log.warn({ ...facts, code, reason: messageOf(error) }, 'a key could not be verified; it is tried again later');
    }
  };

  const begin = (due: DueCredential, pace: Pace): void => {
    pace.readyAtMs = clock.now() + spacingMs;
    pace.underWay += 1;
    const work = verify(due).finally(() => {
      pace.underWay -= 1;
      running.delete(work);
    });
    running.add(work);
  };

  return {
    /** Begins what is due and may begin now: at most one verification at each exchange. */
    round: async (): Promise<void> => {
      if (!isOurTurn()) return;
      for (const [name, pace] of paces) {
        if (pace.underWay >= maxUnderWay || clock.now() < pace.readyAtMs) continue;
        const due = await queue.nextDue(name, clock.now(), []);
        if (due === undefined) continue;
        if (!(await executorIsThere())) return;
        begin(due, pace);
      }
    },
    /** Waits for what is under way: its answers are recorded. */
    settled: async (): Promise<void> => void (await Promise.allSettled(running)),
  };
};

export type Reverification = ReturnType<typeof createReverification>;
