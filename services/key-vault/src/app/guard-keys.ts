import type { KeyId, KeyProvider } from '../domain/encryption/key-provider.js';
import { VaultError } from '../domain/vault-error.js';
import type { WrapCounter } from './count-wraps.js';

type Deps = {
  readonly keys: KeyProvider;
  readonly wraps: WrapCounter;
  /** Whether a key of this id ever wrote here, retired or not. */
  readonly isKnown: (keyId: KeyId) => Promise<boolean>;
};

/**
 * The master keys as the vault uses them: every wrap is counted first, and a key that is merely not at hand is told from ciphertext that is
 * damaged. The latter ends in somebody being told to enter their API key again, which a missing file must never do.
 */
export const guardKeys = ({ keys, wraps, isKnown }: Deps): KeyProvider => ({
  keyIds: () => keys.keyIds(),
  deriveFingerprintKey: () => keys.deriveFingerprintKey(),
  wrap: async (wrapping) => {
    await wraps.take(wrapping.keyId);
    return keys.wrap(wrapping);
  },
  unwrap: async (wrapped) => {
    const { keyId } = wrapped;
    if (!(await keys.keyIds()).includes(keyId) && (await isKnown(keyId)))
      throw new VaultError('vault.encryption_key_unavailable', { keyId });
    return keys.unwrap(wrapped);
  },
});
