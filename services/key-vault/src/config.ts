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

/** What the key vault reads from its environment. */
export const keyVaultConfig = z.object({
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
});
export type KeyVaultConfig = z.output<typeof keyVaultConfig>;
