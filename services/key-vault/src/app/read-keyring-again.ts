import { AppError } from '@latchkey/kernel';
import type { KeyProvider } from '../domain/encryption/key-provider.js';
import { createKeyring } from '../domain/encryption/keyring.js';
import type { KeyringReading } from '../domain/encryption/keyring-text.js';
import type { Random } from './ports.js';

/** The keyring cannot be used as it stands now. */
class KeyringFileError extends AppError<'vault.keyring_unusable'> {}

type Deps = {
  readonly read: () => KeyringReading;
  readonly replaceKeys: (next: KeyProvider) => Promise<void>;
  readonly random: Random;
  readonly log: { readonly info: (facts: object, message: string) => void };
};

/** Takes the keys that the keyring file holds now, unless they are not as good for what is stored as those in use. */
export const readKeyringAgain =
  ({ read, replaceKeys, random, log }: Deps) =>
  async (): Promise<void> => {
    const reading = read();
    if (!reading.ok) throw new KeyringFileError('vault.keyring_unusable', `the keyring file ${reading.problem}`);
    const next = createKeyring({ current: reading.current, reading: reading.reading, random });
    await replaceKeys(next);
    const [writing, ...others] = await next.keyIds();
    log.info({ writing, reading: others }, 'the keyring file was read again; its keys are in use');
  };
