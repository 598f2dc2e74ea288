import { randomUUID } from 'node:crypto';
import { exchange as exchanges, type ExchangeName } from '@latchkey/contracts';
import { isAppError, messageOf, newId, type Clock, type CredentialId } from '@latchkey/kernel';
import type { Attempt } from './attempt-each.js';
import type { ChangeCredential } from './change-credential.js';
import type { FreezeSwitch } from './ports.js';
import { createReadiness } from './verification-readiness.js';
import type { DueCredential, Executor, VerificationQueue } from './verification-ports.js';

type Log = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
};

export type ReverificationOptions = {
  readonly executor: Executor;
  /** Whether this process is the one that asks. */
  readonly isOurTurn: () => boolean;
  /** Whether log and stream were compared: no string is signed before. */
  readonly isKnown: () => boolean;
  /** At most so many verifications are begun in a minute at each exchange: all users share the limit of our address. */
  readonly perMinute: number;
  readonly log: Log;
};

type Deps = ReverificationOptions & {
  readonly queue: Pick<VerificationQueue, 'nextDue'>;
  readonly change: ChangeCredential;
  readonly attempt: Attempt;
  readonly freeze: Pick<FreezeSwitch, 'state'>;
  readonly clock: Clock;
};

type Opened = Pick<Parameters<Executor['verify']>[0], 'verificationId' | 'context'>;

/** A venue that answers slowly is asked for no more keys than this at a time, or than come due in two seconds at a higher rate. */
const leastAtOnce = 4;
const atOnceMs = 2_000;
/** Turns that a round came too late for are made up for; those that nobody needed are lost, so that a pause is no reason for a burst. */
const lateMs = 2_000;

/** One exchange: when the next verification may begin, and which keys are being verified. */
type Pace = { readyAtMs: number; readonly underWay: Set<CredentialId> };

/**
 * Daily re-verification, a step at a time. The vault opens the verification and the executor asks the venue, brings its answer to
 * `complete-verification`, and what follows is decided there, as when a user asks. A key whose verification came to nothing is due again after
 * a pause that grows with each attempt (`verification-schedule.ts`): nothing about that is kept here, so that a restart loses nothing.
 */
export const createReverification = (deps: Deps) => {
  const { queue, executor, change, attempt, isOurTurn, perMinute, clock, log } = deps;
  const spacingMs = 60_000 / perMinute;
  const mostAtOnce = Math.max(leastAtOnce, Math.ceil(atOnceMs / spacingMs));
  const paces = new Map<ExchangeName, Pace>(exchanges.options.map((name) => [name, { readyAtMs: 0, underWay: new Set() }]));
  const running = new Set<Promise<void>>();
  const isReady = createReadiness(deps);

  const ask = async ({ streamVersion: _version, ...credential }: DueCredential, opened: Opened): Promise<void> => {
    const { credentialId, exchange, environment } = credential;
    const facts = { credentialId, exchange, environment };
    try {
      const { verified, code } = await executor.verify({ ...credential, ...opened });
      if (!verified) log.info({ ...facts, code }, 'a key did not pass its verification');
    } catch (error) {
      const code = isAppError(error) ? error.code : 'internal';
      log.warn({ ...facts, code, reason: messageOf(error) }, 'a key could not be verified; it is tried again later');
    }
  };

  /** Whether it was begun. Its row has moved by then, so that the same key is not found again. */
  const begin = async (due: DueCredential, pace: Pace): Promise<boolean> => {
    const opened = { verificationId: randomUUID(), context: { actor: 'service:key-vault', correlationId: newId() } };
    const { credentialId: id } = due;
    const begun = await attempt(id, async () => {
      const command = { type: 'BeginVerification', data: { verificationId: opened.verificationId, atMs: clock.now() } } as const;
      // A key that changed since it was found due (its owner verifies it, another vault was faster) is left alone.
      return (await change({ id, command, context: opened.context, onlyAt: due.streamVersion })).events;
    });
    if (!begun) return false;
    const nowMs = clock.now();
    pace.readyAtMs = (pace.readyAtMs < nowMs - lateMs ? nowMs : pace.readyAtMs) + spacingMs;
    pace.underWay.add(id);
    const work = ask(due, opened).finally(() => {
      pace.underWay.delete(id);
      running.delete(work);
    });
    running.add(work);
    return true;
  };

  const mayBegin = (pace: Pace): boolean => isOurTurn() && pace.underWay.size < mostAtOnce && clock.now() >= pace.readyAtMs;

  return {
    /** Begins what is due and may begin by now, at each exchange. A key that cannot be begun makes way for the next one. */
    round: async (): Promise<void> => {
      let ready = false;
      for (const [name, pace] of paces) {
        const passedOver: CredentialId[] = [];
        while (mayBegin(pace)) {
          const due = await queue.nextDue(name, clock.now(), [...pace.underWay, ...passedOver]);
          if (due === undefined) break;
          ready ||= await isReady();
          if (!ready) return;
          if (!(await begin(due, pace))) passedOver.push(due.credentialId);
        }
      }
    },
    /** Waits for what is under way: its answers are recorded. */
    settled: async (): Promise<void> => void (await Promise.allSettled(running)),
  };
};

export type Reverification = ReturnType<typeof createReverification>;
