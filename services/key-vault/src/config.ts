import { baseConfig } from '@latchkey/service-kit';
import { z } from 'zod';
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

const isKeyOf = (master: Buffer, legacy: Buffer): boolean => {
  const bytes = Buffer.from(legacy.toString('latin1'), 'hex');
  const same = bytes.equals(master);
  bytes.fill(0);
  return same;
};

const variables = z.object({
  ...baseConfig,
  ENCRYPTION_KEY: masterKey.meta({
    description: 'the master key under which stored API secrets are encrypted, 64 hex digits; losing it loses every one of them',
    secret: true,
    example: '$(openssl rand -hex 32)',
  }),
  ENCRYPTION_KEY_PREVIOUS: masterKey.optional().meta({
    description:
      'a second master key, 64 hex digits, that is only read with: the one before, or the next one on its way to every replica',
    secret: true,
  }),
  CREDENTIAL_SIGNATURE_BURST: count(defaultCredentialRate.burst).meta({
    description: 'strings signed at once for one API key and purpose (open, close, read, cancel, verify); shared by all vaults',
  }),
  CREDENTIAL_SIGNATURES_PER_SECOND: count(defaultCredentialRate.perSecond).meta({
    description: 'how many of them come back each second',
  }),
  INSTANCE_SIGNATURE_BURST: count(defaultInstanceRate.burst).meta({
    description: 'strings that one vault process signs at once, over all API keys; closing and canceling are never refused by it',
  }),
  INSTANCE_SIGNATURES_PER_SECOND: count(defaultInstanceRate.perSecond).meta({
    description: 'how many of them come back each second',
  }),
  LEGACY_ENCRYPTION_KEY: legacyKey.optional().meta({
    description:
      'the ENCRYPTION_KEY of an older service, 64 hex digits, whose users are being imported; only for the time of the import (docs/migration.md)',
    secret: true,
  }),
});

/** What the key vault reads from its environment. */
export const keyVaultConfig = variables.refine(
  ({ ENCRYPTION_KEY, ENCRYPTION_KEY_PREVIOUS, LEGACY_ENCRYPTION_KEY: legacy }) =>
    legacy === undefined || ![ENCRYPTION_KEY, ENCRYPTION_KEY_PREVIOUS].some((master) => master && isKeyOf(master, legacy)),
  {
    path: ['LEGACY_ENCRYPTION_KEY'],
    error:
      'must not be a master key of this vault as well: whoever ran the older service knows it; give the vault one of its own',
  },
);
export type KeyVaultConfig = z.output<typeof keyVaultConfig>;
