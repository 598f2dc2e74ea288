import { AppError } from '@latchkey/kernel';
import { sentinelBinding } from '../domain/encryption/binding.js';
import { openEnvelope, sealEnvelope } from '../domain/encryption/envelope.js';
import type { KeyProvider } from '../domain/encryption/key-provider.js';
import type { Random, Sentinels } from './ports.js';

/** The keys at hand are not the ones that the stored secrets need: the process must not start. */
class KeyringError extends AppError<'vault.encryption_key_missing' | 'vault.encryption_key_wrong'> {}

const text = Buffer.from('latchkey: this master key is the right one', 'utf8');

type Deps = { readonly keys: KeyProvider; readonly sentinels: Sentinels; readonly random: Random };

/**
 * Proves at the start that every master key in use is at hand and opens what it wrote: a wrong key must end here, with a clear message, and
 * never in users being told to enter their keys again.
 *
 * @throws `vault.encryption_key_missing`, `vault.encryption_key_wrong`
 */
export const openKeyring =
  ({ keys, sentinels, random }: Deps) =>
  async (): Promise<void> => {
    const [writing, ...reading] = await keys.keyIds();
    const atHand = new Set([writing, ...reading]);
    for (const keyId of await sentinels.keyIdsInUse()) {
      if (atHand.has(keyId)) continue;
      throw new KeyringError(
        'vault.encryption_key_missing',
        `stored secrets need the master key with id ${keyId}, but ENCRYPTION_KEY is ${writing}` +
          `${reading.length > 0 ? ` and ENCRYPTION_KEY_PREVIOUS ${reading.join(', ')}` : ' and ENCRYPTION_KEY_PREVIOUS is not set'}: ` +
          'put the former key back, as ENCRYPTION_KEY, or as ENCRYPTION_KEY_PREVIOUS while the secrets are re-wrapped',
        { keyId },
      );
    }
    for (const keyId of atHand) {
      const sentinel = await sentinels.find(keyId);
      if (sentinel === undefined) {
        if (keyId === writing) await sentinels.add(keyId, await sealEnvelope(keys, random, sentinelBinding(keyId), text));
        continue;
      }
      const opened = await openEnvelope(keys, sentinelBinding(keyId), sentinel).catch(() => undefined);
      if (opened?.equals(text) !== true) {
        throw new KeyringError(
          'vault.encryption_key_wrong',
          `the master key with id ${keyId} does not open the sentinel that it wrote: the database was altered or restored badly; nothing was decrypted`,
          { keyId },
        );
      }
    }
  };
