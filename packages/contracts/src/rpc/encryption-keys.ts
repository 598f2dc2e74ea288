import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { instant, masterKeyId, operatorContext } from '../vocabulary.js';

/** How far the re-wrapping of stored secrets has come. */
export const rotationProgress = z.strictObject({
  keyId: masterKeyId.describe('the key that everything is wrapped under'),
  rewrapped: z.int().nonnegative().describe('rows of this call'),
  damaged: z
    .int()
    .nonnegative()
    .describe(
      'rows of this call whose own key does not open them any more: pending pairs were destroyed, all others stay as they are',
    ),
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

/** A key that is out of use for good. */
export const retiredKey = z.strictObject({
  keyId: masterKeyId,
  retiredAt: instant,
  held: z.boolean().describe('the vault that answered still holds the key'),
});
export type RetiredKey = z.infer<typeof retiredKey>;

/** `aud` and `typ` of the JWS that comes with each answer; its `body` is `{correlationId, answer}`, the former from the request's context. */
export const operatorAnswerMessage = { audience: 'operator', type: 'latchkey-operator-answer' } as const;

// The broker could make up a plain answer, and who believes a made-up "done" destroys a key that secrets still need.
const signedAnswer = <Answer extends z.ZodType>(answer: Answer) =>
  z.strictObject({ answer, signed: z.string().describe("compact JWS by the vault's message key over the same answer") });

const byOperator = { callers: ['operator'], signed: true, deadlineMs: 10_000 } as const;

/** What the operator may do with the vault's master keys. */
export const encryptionKeyRpcs = {
  'qry.key-vault.keys': {
    ...byOperator,
    request: z.strictObject({ context: operatorContext }),
    reply: signedAnswer(encryptionKeys),
  },
  'cmd.key-vault.rotate-keys': {
    ...byOperator,
    request: z.strictObject({
      keyId: masterKeyId
        .optional()
        .describe('refused by a vault that writes with another key: two that differ would re-wrap to and fro'),
      maxRows: z.int().min(1).max(5_000).default(1_000).describe('a call does at most so many, and about a second of work'),
      context: operatorContext,
    }),
    reply: signedAnswer(rotationProgress),
  },
  'cmd.key-vault.retire-key': {
    ...byOperator,
    request: z.strictObject({ keyId: masterKeyId, context: operatorContext }),
    reply: signedAnswer(retiredKey),
  },
} as const satisfies Readonly<Record<string, RpcDefinition>>;
