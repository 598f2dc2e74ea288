import { AppError } from '@latchkey/kernel';
import type { KeyProvider } from '../domain/encryption/key-provider.js';

/** Keys cannot be taken into the running process; a restart can. */
class ReplacementError extends AppError<'vault.encryption_key_needed'> {}

export type ReplaceableKeys = {
  readonly keys: KeyProvider;
  /** @throws `vault.encryption_key_needed`: the key that this process has been writing with is not among them */
  readonly replace: (next: KeyProvider) => Promise<void>;
};

/** Master keys that can be exchanged while others use them. */
export const replaceableKeys = (first: KeyProvider): ReplaceableKeys => {
  let current = first;
  return {
    keys: {
      keyIds: () => current.keyIds(),
      wrap: (wrapping) => current.wrap(wrapping),
      unwrap: (wrapped) => current.unwrap(wrapped),
      deriveFingerprintKey: () => current.deriveFingerprintKey(),
    },
    replace: async (next) => {
      // Somebody may be between choosing the key and writing with it: it has to be there for them, and for whoever reads that afterwards.
      const [[writing], ids] = await Promise.all([current.keyIds(), next.keyIds()]);
      if (!ids.includes(writing)) {
        throw new ReplacementError(
          'vault.encryption_key_needed',
          `the key with id ${writing}, which this process writes with, is not among the new ones; keep it for reading until another one writes and nothing is under it`,
          { keyId: writing },
        );
      }
      current = next;
    },
  };
};
