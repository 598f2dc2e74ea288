import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { keyReport } from '../key-report.js';
import {
  account,
  commandContext,
  credentialId,
  environment,
  exchange,
  instant,
  keyType,
  marketType,
  permissions,
  reason,
  signalId,
  signPurpose,
  strategyId,
  tradeId,
  traceparent,
  userId,
  verificationId,
  type Account,
} from '../vocabulary.js';
import { keyVaultImportRpcs } from './key-vault-import.js';
import { deadLettersQuery, healthQuery, page, replayCommand } from './shared.js';

/** What a key's owner should change, though it does not stop trading. */
export const keyWarning = z.strictObject({ code: z.string(), message: z.string() });
export type KeyWarning = z.infer<typeof keyWarning>;

/** A user's key as others may see it. */
export const credentialStatus = z.strictObject({
  exchange,
  environment,
  credentialId,
  maskedKey: z.string(),
  keyType: keyType.optional().describe('absent: hmac'),
  enabled: z.boolean(),
  verified: z.boolean(),
  verifiedAt: instant.optional(),
  permissions: permissions.optional(),
  reason: z.string().optional().describe('code of the last failure, if any'),
  warnings: z.array(keyWarning).optional().describe('of the last verification that succeeded'),
  report: keyReport.optional(),
  daysLeft: z.int().nonnegative().optional().describe('whole days until `report.expiresAt`'),
  nextVerificationAt: instant.optional().describe('when the vault asks the venue again, at the earliest'),
});
export type CredentialStatus = z.infer<typeof credentialStatus>;

const refusal = { code: z.string(), message: z.string().max(500) };

/** What a venue's answer to the permission question amounts to; the vault decides what follows from it. */
export const verificationResult = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('reported'),
    permissions,
    ...keyReport.shape,
  }),
  z
    .strictObject({ outcome: z.literal('refused'), ...refusal })
    .describe('the venue proved that the key does not work; `code` is one of `keyRefusals`'),
  z.strictObject({ outcome: z.literal('unavailable'), ...refusal }).describe('nothing is known; try again'),
]);
export type VerificationResult = z.infer<typeof verificationResult>;

/** What became of a verification. */
export const verificationVerdict = z.strictObject({
  verified: z.boolean(),
  code: z.string().optional().describe('why not'),
  message: z.string(),
  permissions: permissions.optional(),
  warnings: z.array(z.string()),
  warningCodes: z.array(z.string()).optional().describe('of `warnings`, in the same order'),
  report: keyReport.optional(),
  daysLeft: z.int().nonnegative().optional(),
});
export type VerificationVerdict = z.infer<typeof verificationVerdict>;

/** One string to sign, bound to the trade attempt or the verification that it serves. */
export const signItem = z.strictObject({
  purpose: signPurpose,
  ...account.shape,
  marketType: marketType.default('spot').describe("which of the venue's rules the string follows"),
  payload: z.string().min(1).max(2_000).describe("the exact string that the venue's rule says to sign"),
  trade: z
    .strictObject({
      tradeId,
      signalId,
      strategyId,
      actionIndex: z.int().nonnegative(),
      leg: z.string().regex(/^[a-z0-9]{2}$/),
      attempt: z.int().positive(),
    })
    .optional(),
  verificationId: verificationId.optional(),
  traceparent: traceparent.optional().describe('of the one that waits for this signature: a batch has items of many traces'),
});
export type SignItem = z.infer<typeof signItem>;

const signedReplyItem = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), credentialId, apiKey: z.string(), signature: z.string() }),
  z.strictObject({ ok: z.literal(false), ...refusal }),
]);
export type SignedReplyItem = z.infer<typeof signedReplyItem>;

/** Whether the vault signs at all. */
export const freezeState = z.discriminatedUnion('frozen', [
  z.strictObject({ frozen: z.literal(false) }),
  z.strictObject({ frozen: z.literal(true), reason, since: instant }),
]);
export type FreezeState = z.infer<typeof freezeState>;

const freezeCommand = {
  callers: ['operator'],
  signed: true,
  deadlineMs: 5_000,
  request: z.strictObject({ reason, context: commandContext }),
  reply: z.strictObject({ changed: z.boolean().describe('false: it was so already'), state: freezeState }),
} as const satisfies RpcDefinition;

/** One thing that happened to a key, as its owner reads it: what it could do when, and what became of each verification. */
export const credentialHistoryEntry = z.strictObject({
  id: z.uuid(),
  at: instant,
  type: z.enum(['saved', 'verified', 'verification_failed', 'expiry_noticed', 'deleted', 'secret_destroyed', 'integrity_failed']),
  by: z.enum(['user', 'schedule', 'vault', 'operator']).describe('who caused it: `schedule` is the daily verification'),
  maskedKey: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  definite: z.boolean().optional().describe('the venue proved it: the key was switched off'),
  permissions: permissions.optional(),
  report: keyReport.optional(),
  warnings: z.array(keyWarning).optional(),
  expiresAt: instant.optional(),
  daysLeft: z.int().nonnegative().optional(),
});
export type CredentialHistoryEntry = z.infer<typeof credentialHistoryEntry>;

/** What is asked inside a session: strings to sign. */
export const signBatch = z.strictObject({ items: z.array(signItem).min(1).max(256), context: commandContext });
export type SignBatch = z.output<typeof signBatch>;

/** What is answered inside a session: a signature or a reason for each string, in their order. */
export const signedBatch = z.strictObject({ items: z.array(signedReplyItem) });
export type SignedBatch = z.infer<typeof signedBatch>;

// 256 strings of 2,000 characters with all that stands beside them, encrypted and in base64.
const maxFrameLength = 2 * 1024 * 1024;
/** Why a frame was not taken, without a word about its contents; nothing was done. */
const sessionRefusal = z.enum(['vault.session_unknown', 'vault.session_frame_refused']);
const frame = z.string().max(maxFrameLength).describe('a compact JWE (`dir`, A256GCM) with session id and counter');

const accountCommand = z.strictObject({ ...account.shape, context: commandContext });

export const keyVaultRpcs = {
  'cmd.key-vault.replay': replayCommand(['audit']),
  'qry.key-vault.health': healthQuery(['gateway', 'operator']),
  'qry.key-vault.dead-letters': deadLettersQuery,
  'qry.key-vault.sealing-key': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({}),
    reply: z.strictObject({
      jwk: z.strictObject({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        kid: z.string(),
        use: z.literal('enc'),
        x: z.string(),
        y: z.string(),
      }),
      signed: z.string().describe('compact JWS of the same JWK by the vault, which clients pin'),
    }),
  },
  'qry.key-vault.credentials': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ userId }),
    reply: z.strictObject({ credentials: z.array(credentialStatus) }),
  },
  'cmd.key-vault.freeze': freezeCommand,
  'cmd.key-vault.thaw': {
    ...freezeCommand,
    request: freezeCommand.request.extend({
      since: instant.describe(
        'of the freeze that it ends, from `qry.key-vault.freeze`; another one stays: a thaw that is repeated ends no later freeze',
      ),
    }),
  },
  'qry.key-vault.freeze': {
    callers: ['operator', 'trade-executor'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({}),
    reply: freezeState,
  },
  'qry.key-vault.history': {
    callers: ['gateway'],
    signed: false,
    deadlineMs: 2_000,
    request: z.strictObject({ ...account.shape, ...page }),
    reply: z.strictObject({ entries: z.array(credentialHistoryEntry), nextCursor: z.string().nullable() }),
  },
  'cmd.key-vault.save-credential': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: z.strictObject({ ...account.shape, sealedSecret: z.string().max(8_192), context: commandContext }),
    reply: z.strictObject({ credentialId, maskedKey: z.string() }),
  },
  'cmd.key-vault.generate-key-pair': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: accountCommand,
    reply: z.strictObject({
      publicKey: z.string().describe('PEM, to be registered at the exchange'),
      expiresAt: instant,
      signed: z.string().describe('compact JWS by the vault that names the account and the key (`publicKeyMessage`)'),
    }),
  },
  'cmd.key-vault.activate-key-pair': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: z.strictObject({
      ...account.shape,
      apiKey: z.string().min(8).max(256).describe('what the exchange calls the registered public key'),
      context: commandContext,
    }),
    reply: z.strictObject({ credentialId, maskedKey: z.string() }),
  },
  'cmd.key-vault.delete-credential': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: accountCommand,
    reply: z.strictObject({ credentialId }),
  },
  'cmd.key-vault.begin-verification': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 5_000,
    request: accountCommand,
    reply: z.strictObject({ verificationId, credentialId, expiresAt: instant }),
  },
  'cmd.key-vault.complete-verification': {
    callers: ['trade-executor'],
    signed: true,
    deadlineMs: 5_000,
    request: z.strictObject({ verificationId, result: verificationResult, context: commandContext }),
    reply: verificationVerdict,
  },
  'cmd.key-vault.open-session': {
    callers: ['trade-executor'],
    signed: true,
    deadlineMs: 1_000,
    request: z.strictObject({
      offer: z.string().max(2_048).describe("compact JWS by the caller's message key over its half of the key agreement"),
    }),
    reply: z.strictObject({
      acceptance: z
        .string()
        .max(2_048)
        .describe("compact JWS by the vault's message key: its own half, the session's id, and which instance it is with"),
    }),
  },
  'cmd.key-vault.session': {
    callers: ['trade-executor'],
    signed: false,
    perInstance: true,
    inSession: { request: signBatch, reply: signedBatch },
    deadlineMs: 2_000,
    request: z.strictObject({ frame }),
    reply: z.union([z.strictObject({ frame }), z.strictObject({ refused: sessionRefusal })]),
  },
  ...keyVaultImportRpcs,
} as const satisfies Readonly<Record<string, RpcDefinition>>;

/** `aud` and `typ` of the JWS in which the vault hands out its sealing key; its `body` is the JWK. Clients pin the vault's message key. */
export const sealingKeyMessage = { audience: 'latchkey-clients', type: 'latchkey-sealing-key' } as const;

/** `aud` and `typ` of the JWS in which the vault hands out the public half of a pair that it made; its `body` is an {@link AttestedPublicKey}. */
export const publicKeyMessage = { audience: 'latchkey-clients', type: 'latchkey-public-key' } as const;

/** The vault's word for one public key: whose, where, and which. Nobody on the way can put another in its place. */
export type AttestedPublicKey = Account & { readonly publicKey: string; readonly expiresAt: string };
