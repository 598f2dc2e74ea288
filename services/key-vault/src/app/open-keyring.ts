import { AppError } from '@latchkey/kernel';
import { sentinelBinding } from '../domain/encryption/binding.js';
import { openEnvelope, sealEnvelopeUnder } from '../domain/encryption/envelope.js';
import type { KeyId, KeyProvider } from '../domain/encryption/key-provider.js';
import type { Random, Sentinels } from './ports.js';

/** The keys at hand are not the ones that the stored secrets need: the process must not start, nor take them in place of those it has. */
class KeyringError extends AppError<
  'vault.encryption_key_missing' | 'vault.encryption_key_wrong' | 'vault.encryption_key_retired'
> {}

const text = Buffer.from('latchkey: this master key is the right one', 'utf8');

type Deps = { readonly keys: KeyProvider; readonly sentinels: Sentinels; readonly random: Random };

const missing = (keyId: KeyId, [writing, ...reading]: readonly KeyId[], retired: boolean): KeyringError =>
  new KeyringError(
    'vault.encryption_key_missing',
    `stored secrets need the master key with id ${keyId}, but the one given as ENCRYPTION_KEY (or current) is ${writing}` +
      `${reading.length > 0 ? `, and ENCRYPTION_KEY_PREVIOUS (or reading) ${reading.join(', ')}` : ', and there is no ENCRYPTION_KEY_PREVIOUS (or reading)'}: ` +
      (retired
        ? 'that key was retired, so this database is older than that; put a copy of the key back, as ENCRYPTION_KEY_PREVIOUS, run "latchkey keys rotate" and retire it again'
        : 'put the former key back, as ENCRYPTION_KEY, or as ENCRYPTION_KEY_PREVIOUS while the secrets are re-wrapped') +
      '. The secrets are intact: nobody has to enter an API key again',
    { keyId },
  );

/**
 * Proves at the start that every master key in use is at hand and opens what it wrote: a wrong key must end here, with a clear message, and
 * never in users being told to enter their keys again.
 *
 * @throws `vault.encryption_key_missing`, `vault.encryption_key_wrong`, `vault.encryption_key_retired`
 */
export const openKeyring =
  ({ keys, sentinels, random }: Deps) =>
  async (): Promise<void> => {
    const held = await keys.keyIds();
    const [writing] = held;
    const retired = new Set(await sentinels.retiredKeyIds());
    if (retired.has(writing)) {
      throw new KeyringError(
        'vault.encryption_key_retired',
        `the master key with id ${writing} was retired and may not write any more: give the one that replaced it as ENCRYPTION_KEY (or current)`,
        { keyId: writing },
      );
    }
    for (const keyId of await sentinels.keyIdsInUse()) if (!held.includes(keyId)) throw missing(keyId, held, retired.has(keyId));
    for (const keyId of held) {
      const sentinel = await sentinels.find(keyId);
      if (sentinel === undefined) {
        if (keyId === writing)
          await sentinels.add(keyId, await sealEnvelopeUnder(keyId, keys, random, sentinelBinding(keyId), text));
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
