import { newId, type Clock } from '@latchkey/kernel';
import { attemptEach, type Attempt } from './attempt-each.js';
import type { ChangeCredential } from './change-credential.js';
import type { Credentials, Verifications } from './ports.js';

type Deps = {
  readonly credentials: Pick<Credentials, 'dueForDestruction'>;
  readonly verifications: Pick<Verifications, 'forgetEnded'>;
  readonly change: ChangeCredential;
  readonly attempt: Attempt;
  readonly clock: Clock;
};

// What a verification signed may still be asked about by whoever looks into it the same day.
const forgetAfterMs = 24 * 60 * 60 * 1_000;

/**
 * Destroys the secrets of deleted keys whose time is over, all of them but those that fail. Run at the start, before anything is signed, and every
 * second after.
 */
export const destroyDueSecrets =
  ({ credentials, verifications, change, attempt, clock }: Deps) =>
  async (): Promise<void> => {
    const atMs = clock.now();
    await attemptEach(
      (except) => credentials.dueForDestruction(atMs, except),
      (id) =>
        attempt(id, async () => {
          const context = { actor: 'service:key-vault', correlationId: newId() };
          return (await change({ id, command: { type: 'DestroySecret', data: { atMs } }, context })).events;
        }),
    );
    await verifications.forgetEnded(atMs - forgetAfterMs);
  };
