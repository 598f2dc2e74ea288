import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { commandContext, credentialId, environment } from '../vocabulary.js';

/**
 * How services of the older layout wrote AES-256-GCM as one text; `docs/migration.md` shows an example of each. Parts are in hex or base64,
 * the IV has 12 or 16 bytes, the tag always 16.
 */
export const legacyFormat = z
  .enum(['iv:tag:text', 'iv:text:tag', 'iv+tag+text', 'iv+text+tag', 'json'])
  .describe('":" divides parts, "+" joins bytes before they are encoded, json has named parts');
export type LegacyFormat = z.infer<typeof legacyFormat>;

/** How the old service made a key of the text in its `ENCRYPTION_KEY`. */
export const legacyKeyDerivation = z.enum(['hex', 'pbkdf2', 'sha256', 'scrypt']);
export type LegacyKeyDerivation = z.infer<typeof legacyKeyDerivation>;

// Whatever follows is recorded as an operator's doing, not as the user's.
const operatorContext = commandContext.extend({ actor: z.string().regex(/^operator:[A-Za-z0-9._-]{1,64}$/) });

/** Most rows that one call carries. */
export const maxImportRows = 100;
/** Longer than any key, and than any secret encrypted and in hex. */
export const maxImportTextLength = 8_192;

// As loose as they can be: one row that is wrong must be told from the others, not refuse them all.
const importRow = z.strictObject({
  userId: z.string().max(256),
  exchange: z.string().max(64),
  apiKey: z.string().max(maxImportTextLength),
  secretEncrypted: z.string().max(maxImportTextLength).describe('as the older table holds it: ciphertext, never a secret'),
});
export type ImportRow = z.infer<typeof importRow>;

const importedRow = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    outcome: z
      .enum(['imported', 'replaced', 'already_imported'])
      .describe('what became of the row; in a dry run, what would become of it'),
    credentialId,
    maskedKey: z.string(),
    format: legacyFormat,
    keyDerivation: legacyKeyDerivation,
  }),
  z.strictObject({ ok: z.literal(false), code: z.string(), message: z.string().max(500) }),
]);
export type ImportedRow = z.infer<typeof importedRow>;

/** What an operator asks of the vault when users come over from an older service. */
export const keyVaultImportRpcs = {
  'cmd.key-vault.import-credentials': {
    callers: ['operator'],
    signed: true,
    deadlineMs: 30_000,
    request: z.strictObject({
      environment,
      rows: z.array(importRow).min(1).max(maxImportRows),
      format: legacyFormat.optional().describe('the only one to take; absent: whichever opens'),
      replace: z.boolean().describe('also where the account has another key, or had one that its user deleted'),
      dryRun: z.boolean().describe('decrypts and checks, stores nothing'),
      context: operatorContext,
    }),
    reply: z.strictObject({ rows: z.array(importedRow).describe('one for each row, in order') }),
  },
} as const satisfies Readonly<Record<string, RpcDefinition>>;
