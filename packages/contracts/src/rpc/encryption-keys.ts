import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { commandContext, instant, masterKeyId } from '../vocabulary.js';

/** How far the re-wrapping of stored secrets has come. */
export const rotationProgress = z.strictObject({
  keyId: masterKeyId.describe('the key that everything is wrapped under'),
  rewrapped: z.int().nonnegative().describe('rows of this call'),
  damaged: z.int().nonnegative().describe('rows of this call whose own key does not open them any more; they stay as they are'),
  unavailable: z.int().nonnegative().describe('rows under keys that this vault does not hold'),
  remaining: z.int().nonnegative().describe('rows that are still under another key'),
  done: z.boolean().describe('another call would find nothing to do'),
});
export type RotationProgress = z.infer<typeof rotationProgress>;

const encryptionKey = z.strictObject({
  keyId: masterKeyId,
  role: z
    .enum(['writing', 'reading', 'absent'])
    .describe('what the vault that answers does with it; absent: it does not hold this key'),
  rows: z.record(z.string(), z.int().positive()).describe('how many rows of each table are under it'),
  wraps: z.int().nonnegative().describe('data keys that were wrapped under it; never too few, a little too many after a crash'),
  share: z.number().nonnegative().describe('of the 2^32 that one AES-GCM key may do with random IVs'),
  sentinel: z.boolean().describe('the key wrote its sentinel, and was not retired'),
  retiredAt: instant.optional(),
});

const sealingKey = z.strictObject({
  kid: z.string(),
  keyId: masterKeyId.describe('the master key that its private half is wrapped under'),
  createdAt: instant,
  ageSeconds: z.int().nonnegative(),
  opensUntil: instant.optional().describe('when its private half is destroyed; absent for the one that is handed out'),
});

/** The master keys of the vault, as far as its operator has to know them: ids, counts and times. */
export const encryptionKeys = z.strictObject({
  writing: masterKeyId,
  keys: z.array(encryptionKey),
  stopsAt: z.int().positive().describe('the count at which a key wraps nothing more'),
  sealingKeys: z.array(sealingKey),
});
export type EncryptionKeys = z.infer<typeof encryptionKeys>;

// Sealed, and so signed by the vault: who believes a forged "done" destroys a key that secrets still need.
const byOperator = { callers: ['operator'], signed: true, sealedReply: true } as const;

/** What the operator may do with the vault's master keys. */
export const encryptionKeyRpcs = {
  'qry.key-vault.keys': { ...byOperator, deadlineMs: 15_000, request: z.strictObject({}), reply: encryptionKeys },
  'cmd.key-vault.rotate-keys': {
    ...byOperator,
    deadlineMs: 15_000,
    request: z.strictObject({
      keyId: masterKeyId
        .optional()
        .describe('refused by a vault that writes with another key: two that differ would re-wrap to and fro'),
      maxRows: z.int().min(1).max(5_000).default(1_000).describe('a call does at most so many, and about a second of work'),
      context: commandContext,
    }),
    reply: rotationProgress,
  },
  'cmd.key-vault.retire-key': {
    ...byOperator,
    deadlineMs: 15_000,
    request: z.strictObject({ keyId: masterKeyId, context: commandContext }),
    reply: z.strictObject({
      keyId: masterKeyId,
      retiredAt: instant,
      held: z.boolean().describe('the vault that answered still holds the key'),
    }),
  },
} as const satisfies Readonly<Record<string, RpcDefinition>>;
