import { newId, type Clock } from '@latchkey/kernel';
import type { ChangeKeyPair } from './change-key-pair.js';
import type { KeyPairs } from './key-pair-ports.js';

type Deps = {
  readonly keyPairs: Pick<KeyPairs, 'expired' | 'dropExpired'>;
  readonly changeKeyPair: ChangeKeyPair;
  readonly clock: Clock;
};

/** Destroys the pairs that nobody activated in their time. */
export const destroyExpiredKeyPairs =
  ({ keyPairs, changeKeyPair, clock }: Deps) =>
  async (): Promise<void> => {
    const atMs = clock.now();
    for (const id of await keyPairs.expired(atMs)) {
      const context = { actor: 'service:key-vault', correlationId: newId() };
      const command = { type: 'DestroyKeyPair', data: { reason: 'expired', atMs } } as const;
      if ((await changeKeyPair({ id, command, context })).length === 0) await keyPairs.dropExpired(id, atMs);
    }
  };
