import { z } from 'zod';
import { eventsOf } from '../define.js';
import { account, credentialId, hexDigest, permissions, signPurpose, tradeId, verificationId } from '../vocabulary.js';

const credential = { credentialId, ...account.shape };

/** What one signature was asked for; the string itself and the signature never enter an event. */
const signedItem = z.strictObject({
  ...account.shape,
  credentialId: credentialId.optional(),
  purpose: signPurpose,
  payloadDigest: hexDigest,
  tradeId: tradeId.optional(),
  leg: z.string().optional(),
  attempt: z.int().positive().optional(),
  verificationId: verificationId.optional(),
  outcome: z.string().max(80).describe('"signed", or the code of the refusal'),
});

/** What the vault records: the life of every credential and every signature it gave or refused. */
export const keyVaultEvents = eventsOf('key-vault')({
  CredentialSaved: {
    subject: 'credential.saved',
    v: 1,
    data: z.strictObject({ ...credential, maskedKey: z.string(), replaced: z.boolean() }),
  },
  CredentialVerificationStarted: {
    subject: 'credential.verification_started',
    v: 1,
    data: z.strictObject({ ...credential, verificationId }),
  },
  CredentialVerified: {
    subject: 'credential.verified',
    v: 1,
    data: z.strictObject({ ...credential, verificationId, permissions, warnings: z.array(z.string()) }),
  },
  CredentialVerificationFailed: {
    subject: 'credential.verification_failed',
    v: 1,
    data: z.strictObject({
      ...credential,
      verificationId,
      code: z.string(),
      definite: z.boolean().describe('the venue proved it; the key no longer opens orders'),
      permissions: permissions.optional(),
    }),
  },
  CredentialDeleted: { subject: 'credential.deleted', v: 1, data: z.strictObject(credential) },
  CredentialIntegrityFailed: {
    subject: 'credential.integrity_failed',
    v: 1,
    data: z.strictObject({ ...credential, field: z.string() }),
  },
  SignaturesDecided: {
    subject: 'signature.decided',
    v: 1,
    data: z.strictObject({ requestId: z.uuid(), caller: z.string(), items: z.array(signedItem).min(1) }),
  },
  SealingKeyCreated: { subject: 'sealing_key.created', v: 1, data: z.strictObject({ kid: z.string() }) },
});
