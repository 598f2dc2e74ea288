import { baseConfig } from '@latchkey/service-kit';
import { z } from 'zod';
import { readKeyringFile } from './adapters/process/keyring-file.js';
import { readEncryptionKey } from './domain/encryption/encryption-key.js';

const masterKey = z.string().transform((text, context): Buffer => {
  const reading = readEncryptionKey(text);
  if (reading.ok) return reading.key;
  // Without the input: issues are shown.
  context.issues.push({ code: 'custom', input: undefined, message: reading.problem });
  return z.NEVER;
});

/** Master keys as one file: read here, and again when the process is asked to. */
export type KeyringFile = { readonly path: string; readonly current: Buffer; readonly reading: readonly Buffer[] };

const keyringFile = z.string().transform((path, context): KeyringFile => {
  const reading = readKeyringFile(path);
  if (reading.ok) return { path, current: reading.current, reading: reading.reading };
  context.issues.push({ code: 'custom', input: undefined, message: reading.problem });
  return z.NEVER;
});

type Given = {
  readonly ENCRYPTION_KEY?: unknown;
  readonly ENCRYPTION_KEY_PREVIOUS?: unknown;
  readonly ENCRYPTION_KEYRING_FILE?: unknown;
};

// Together with whatever else is wrong, but not in a second message about a key that is wrong itself.
const unlessKeysAreWrong = ({ issues }: z.core.ParsePayload): boolean =>
  !issues.some(({ path }) => String(path?.[0]).startsWith('ENCRYPTION_KEY'));

/** What the key vault reads from its environment. */
export const keyVaultConfig = z
  .object({
    ...baseConfig,
    ENCRYPTION_KEY: masterKey.optional().meta({
      description:
        'the master key under which stored API secrets are encrypted, 64 hex digits; losing it loses every one of them. Required, unless ENCRYPTION_KEYRING_FILE is set',
      secret: true,
      example: '$(openssl rand -hex 32)',
    }),
    ENCRYPTION_KEY_PREVIOUS: masterKey.optional().meta({
      description:
        'a second master key, 64 hex digits, that is only read with: the one before, or the next one on its way to every replica (docs/keys.md)',
      secret: true,
    }),
    ENCRYPTION_KEYRING_FILE: keyringFile.optional().meta({
      description:
        'instead of both: a file that only this process may read, with one line "current <64 hex digits>" and any number of lines "reading <64 hex digits>"; it is read at the start, and again on SIGHUP (docs/keys.md)',
      example: '/run/secrets/encryption-keyring',
    }),
  })
  .refine((given: Given) => given.ENCRYPTION_KEY !== undefined || given.ENCRYPTION_KEYRING_FILE !== undefined, {
    path: ['ENCRYPTION_KEY'],
    error: 'is missing',
    when: unlessKeysAreWrong,
  })
  .refine(
    (given: Given) =>
      given.ENCRYPTION_KEYRING_FILE === undefined ||
      (given.ENCRYPTION_KEY === undefined && given.ENCRYPTION_KEY_PREVIOUS === undefined),
    {
      path: ['ENCRYPTION_KEYRING_FILE'],
      error: 'stands beside ENCRYPTION_KEY or ENCRYPTION_KEY_PREVIOUS: name every key in one place only',
      when: unlessKeysAreWrong,
    },
  );
export type KeyVaultConfig = z.output<typeof keyVaultConfig>;
