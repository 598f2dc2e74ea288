import { baseConfig } from '@latchkey/service-kit';
import { z } from 'zod';
import { readKeyringFile } from './adapters/process/keyring-file.js';
import { defaultCredentialRate, defaultInstanceRate } from './app/instance-rate.js';
import { readEncryptionKey } from './domain/encryption/encryption-key.js';

const masterKey = z.string().transform((text, context): Buffer => {
  const reading = readEncryptionKey(text);
  if (reading.ok) return reading.key;
  // Without the input: issues are shown.
  context.issues.push({ code: 'custom', input: undefined, message: reading.problem });
  return z.NEVER;
});

const count = (byDefault: number) => z.coerce.number().positive().max(1_000_000).default(byDefault);

// The text itself: some older services made their key of it rather than taking its digits for one.
const legacyKey = z.string().transform((text, context): Buffer => {
  const reading = readEncryptionKey(text);
  if (reading.ok) {
    reading.key.fill(0);
    return Buffer.from(text, 'latin1');
  }
  context.issues.push({ code: 'custom', input: undefined, message: reading.problem });
  return z.NEVER;
});

/** Whether the legacy text spells that master key. */
const isKeyOf = (master: Buffer, legacy: Buffer): boolean => {
  const bytes = Buffer.from(legacy.toString('latin1'), 'hex');
  const same = bytes.equals(master);
  bytes.fill(0);
  return same;
};

/** Master keys as one file: read here, and again when the process is asked to. */
export type KeyringFile = { readonly path: string; readonly current: Buffer; readonly reading: readonly Buffer[] };

const keyringFile = z.string().transform((path, context): KeyringFile => {
  const reading = readKeyringFile(path);
  if (reading.ok) return { path, current: reading.current, reading: reading.reading };
  context.issues.push({ code: 'custom', input: undefined, message: reading.problem });
  return z.NEVER;
});

type Given = {
  readonly ENCRYPTION_KEY?: Buffer | undefined;
  readonly ENCRYPTION_KEY_PREVIOUS?: Buffer | undefined;
  readonly ENCRYPTION_KEYRING_FILE?: KeyringFile | undefined;
  readonly LEGACY_ENCRYPTION_KEY?: Buffer | undefined;
};

const mastersOf = ({ ENCRYPTION_KEY, ENCRYPTION_KEY_PREVIOUS, ENCRYPTION_KEYRING_FILE: file }: Given): readonly Buffer[] =>
  [ENCRYPTION_KEY, ENCRYPTION_KEY_PREVIOUS, file?.current, ...(file?.reading ?? [])].filter((key) => key !== undefined);

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
    CREDENTIAL_SIGNATURE_BURST: count(defaultCredentialRate.burst).meta({
      description: 'strings signed at once for one API key and purpose (open, close, read, cancel, verify); shared by all vaults',
    }),
    CREDENTIAL_SIGNATURES_PER_SECOND: count(defaultCredentialRate.perSecond).meta({
      description: 'how many of them come back each second',
    }),
    INSTANCE_SIGNATURE_BURST: count(defaultInstanceRate.burst).meta({
      description:
        'strings that one vault process signs at once, over all API keys; closing and canceling are never refused by it',
    }),
    INSTANCE_SIGNATURES_PER_SECOND: count(defaultInstanceRate.perSecond).meta({
      description: 'how many of them come back each second',
    }),
    VERIFICATIONS_PER_MINUTE: z.coerce.number().int().min(0).max(600).default(30).meta({
      description:
        'how many API keys are verified again by schedule each minute at each exchange, at most; 0: none, keys are verified when their owners ask',
    }),
    LEGACY_ENCRYPTION_KEY: legacyKey.optional().meta({
      description:
        'the ENCRYPTION_KEY of an older service, 64 hex digits, whose users are being imported; only for the time of the import (docs/migration.md)',
      secret: true,
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
  )
  .refine(
    (given: Given) =>
      given.LEGACY_ENCRYPTION_KEY === undefined ||
      !mastersOf(given).some((master) => isKeyOf(master, given.LEGACY_ENCRYPTION_KEY as Buffer)),
    {
      path: ['LEGACY_ENCRYPTION_KEY'],
      error:
        'must not be a master key of this vault as well: whoever ran the older service knows it; give the vault one of its own',
      when: unlessKeysAreWrong,
    },
  );
export type KeyVaultConfig = z.output<typeof keyVaultConfig>;
