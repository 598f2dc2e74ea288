import { isAppError, messageOf, type Clock, type CredentialId } from '@latchkey/kernel';
import type { Credentials } from './ports.js';

type Deps = {
  readonly credentials: Pick<Credentials, 'catchUp'>;
  readonly log: { readonly warn: (facts: object, message: string) => void };
  readonly clock: Clock;
};

/** Does the work of one credential; whether it changed anything. Never rejects. */
export type Attempt = (id: CredentialId, work: () => Promise<readonly unknown[]>) => Promise<boolean>;

const behind = 'its row was behind its events, or another process was faster';
/** A row that fails every second is not 3,600 lines. */
const tellAgainMs = 60 * 60_000;

/**
 * Work on credentials whose rows say that it is due, each with a failure of its own. One that fails, or whose events say that nothing is due, has
 * its row brought up to date, so that it is not found again, and is logged once per reason and hour.
 *
 * @param what the work, as the log names it
 */
export const createAttempt = (what: string, { credentials, log, clock }: Deps): Attempt => {
  const toldAt = new Map<string, number>();
  const tell = (credentialId: CredentialId, error: unknown): void => {
    const code = isAppError(error) ? error.code : error instanceof Error ? error.name : behind;
    const last = toldAt.get(code);
    if (last !== undefined && clock.now() < last + tellAgainMs) return;
    toldAt.set(code, clock.now());
    log.warn({ what, credentialId, code, reason: messageOf(error) }, 'one key was passed over; those behind it have their turn');
  };
  return async (id, work) => {
    let reason: unknown = behind;
    try {
      if ((await work()).length > 0) return true;
    } catch (error) {
      reason = error;
    }
    tell(id, reason);
    await credentials.catchUp([id]).catch((error: unknown) => tell(id, error));
    return false;
  };
};

/**
 * Goes on until nothing is due but what was passed over in this round.
 *
 * @param due some of what is due, without those; whatever it throws (the database is away) ends the round
 */
export const attemptEach = async (
  due: (except: readonly CredentialId[]) => Promise<readonly CredentialId[]>,
  work: (id: CredentialId) => Promise<boolean>,
): Promise<void> => {
  const passedOver: CredentialId[] = [];
  for (let ids = await due(passedOver); ids.length > 0; ids = await due(passedOver)) {
    for (const id of ids) {
      if (await work(id)) continue;
      passedOver.push(id);
      // Asked again right away: a database that is away fails there, instead of once for each key.
      break;
    }
  }
};
