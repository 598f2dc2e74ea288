import { newId, type Clock } from '@latchkey/kernel';
import type { ChangeCredential } from './change-credential.js';
import type { Credentials, Verifications } from './ports.js';

type Deps = {
  readonly credentials: Pick<Credentials, 'dueForDestruction'>;
  readonly verifications: Pick<Verifications, 'forgetEnded'>;
  readonly change: ChangeCredential;
  readonly clock: Clock;
};

// What a verification signed may still be asked about by whoever looks into it the same day.
const forgetAfterMs = 24 * 60 * 60 * 1_000;

/** Destroys the secrets of deleted keys whose time is over. Run at the start, before anything is signed, and every second after. */
export const destroyDueSecrets =
  ({ credentials, verifications, change, clock }: Deps) =>
  async (): Promise<void> => {
    const atMs = clock.now();
    for (const id of await credentials.dueForDestruction(atMs)) {
      const context = { actor: 'service:key-vault', correlationId: newId() };
      await change({ id, command: { type: 'DestroySecret', data: { atMs } }, context });
    }
    await verifications.forgetEnded(atMs - forgetAfterMs);
  };
