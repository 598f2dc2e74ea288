import { baseConfig } from '@latchkey/service-kit';
import { z } from 'zod';
import { readEncryptionKey } from './domain/encryption/encryption-key.js';

const masterKey = z.string().transform((text, context): Buffer => {
  const reading = readEncryptionKey(text);
  if (reading.ok) return reading.key;
  // Without the input: issues are shown.
  context.issues.push({ code: 'custom', input: undefined, message: reading.problem });
  return z.NEVER;
});

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
  VERIFICATIONS_PER_MINUTE: z.coerce.number().int().min(0).max(600).default(30).meta({
    description:
      'how many API keys are verified again by schedule each minute at each exchange, at most; 0: none, keys are verified when their owners ask',
  }),
});
export type KeyVaultConfig = z.output<typeof keyVaultConfig>;
