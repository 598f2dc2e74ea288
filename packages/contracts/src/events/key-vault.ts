import { z } from 'zod';
import { eventsOf } from '../define.js';
import { parked } from './parked.js';
import { expiryThresholdsDays, keyReport } from '../key-report.js';
import {
  account,
  credentialId,
  hexDigest,
  instant,
  keyType,
  marketType,
  masterKeyId,
  permissions,
  reason,
  signPurpose,
  strategyId,
  tradeId,
  verificationId,
} from '../vocabulary.js';

const credential = { credentialId, ...account.shape };

/** What one signature was asked for; the string itself and the signature never enter an event. */
const signedItem = z.strictObject({
  ...account.shape,
  credentialId: credentialId.optional(),
  marketType,
  purpose: signPurpose,
  payloadDigest: hexDigest,
  tradeId: tradeId.optional(),
  strategyId: strategyId.optional().describe('as whoever asked named it'),
  leg: z.string().optional(),
  attempt: z.int().positive().optional(),
  verificationId: verificationId.optional(),
  keyFingerprint: hexDigest.optional().describe('keyed digest of the API key that an order was signed with'),
  outcome: z.string().max(80).describe('"signed", or the code of the refusal'),
});

/** SHA-256 of a public key (SPKI, DER). */
const publicKeyDigest = hexDigest;

/** What the vault records: the life of every credential and every signature it gave or refused. */
export const keyVaultEvents = eventsOf('key-vault')({
  CredentialSaved: {
    subject: 'credential.saved',
    v: 1,
    data: z.strictObject({
      ...credential,
      maskedKey: z.string(),
      replaced: z.boolean().describe('another key stood there'),
      keyType: keyType.optional().describe('absent: hmac'),
      publicKeyDigest: publicKeyDigest.optional().describe('of a pair that the vault made; absent: the user brought the key'),
      imported: z.literal(true).optional().describe('taken over from an older service by an operator'),
    }),
  },
  CredentialVerificationStarted: {
    subject: 'credential.verification_started',
    v: 1,
    data: z.strictObject({ ...credential, verificationId, startedAt: instant, expiresAt: instant }),
  },
  CredentialVerified: {
    subject: 'credential.verified',
    v: 1,
    data: z.strictObject({
      ...credential,
      verificationId,
      verifiedAt: instant,
      permissions,
      warnings: z.array(z.string()).describe('codes: what the user should change, though it does not stop trading'),
      report: keyReport.optional().describe('what else the venue told of the key'),
    }),
  },
  CredentialVerificationFailed: {
    subject: 'credential.verification_failed',
    v: 1,
    data: z.strictObject({
      ...credential,
      verificationId,
      failedAt: instant,
      code: z.string(),
      definite: z.boolean().describe('the venue proved it; the key no longer opens orders'),
      permissions: permissions.optional(),
      report: keyReport.optional(),
      settlesUntil: instant.optional().describe('until when a disabled key may still look up and cancel what it opened'),
    }),
  },
  CredentialExpiryNoticed: {
    subject: 'credential.expiry_noticed',
    v: 1,
    data: z.strictObject({
      ...credential,
      expiresAt: instant.describe('when the venue ends the key, or its right to trade'),
      thresholdDays: z.literal([...expiryThresholdsDays]).describe('noticed once for each threshold and end'),
      daysLeft: z.int().nonnegative().describe('whole days'),
    }),
  },
  CredentialDeleted: {
    subject: 'credential.deleted',
    v: 1,
    data: z.strictObject({
      ...credential,
      deletedAt: instant,
      readableUntil: instant.optional().describe('until when unknown orders may be looked up; absent: the secret died at once'),
    }),
  },
  CredentialSecretDestroyed: {
    subject: 'credential.secret_destroyed',
    v: 1,
    data: z.strictObject({ ...credential, destroyedAt: instant }),
  },
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
  KeyPairGenerated: {
    subject: 'key_pair.generated',
    v: 1,
    data: z.strictObject({ ...credential, publicKeyDigest, expiresAt: instant.describe('when an unused pair is destroyed') }),
  },
  KeyPairDestroyed: {
    subject: 'key_pair.destroyed',
    v: 1,
    data: z.strictObject({
      ...credential,
      publicKeyDigest,
      reason: z
        .enum(['activated', 'replaced', 'deleted', 'expired', 'damaged'])
        .describe(
          '"activated": the exchange took a signature of it, and the credential alone holds it now; "damaged": no key opens it any more',
        ),
    }),
  },
  /** Nothing is signed but cancels, by any instance, until it is thawed. */
  VaultFrozen: { subject: 'vault.frozen', v: 1, data: z.strictObject({ reason }) },
  VaultThawed: { subject: 'vault.thawed', v: 1, data: z.strictObject({ reason }) },
  SealingKeyCreated: { subject: 'sealing_key.created', v: 1, data: z.strictObject({ kid: z.string() }) },
  SealingKeyDestroyed: {
    subject: 'sealing_key.destroyed',
    v: 1,
    data: z.strictObject({ kid: z.string(), destroyedAt: instant }),
  },
  EncryptionKeyRotationStarted: {
    subject: 'encryption_key.rotation_started',
    v: 1,
    data: z.strictObject({
      keyId: masterKeyId.describe('the key that everything is wrapped under from now on'),
      startedAt: instant,
      rows: z.int().nonnegative().describe('how many are under another key as it begins'),
    }),
  },
  EncryptionKeyRotationCompleted: {
    subject: 'encryption_key.rotation_completed',
    v: 1,
    data: z.strictObject({ keyId: masterKeyId, completedAt: instant }),
  },
  EncryptionKeyRetired: {
    subject: 'encryption_key.retired',
    v: 1,
    data: z.strictObject({ keyId: masterKeyId, retiredAt: instant }),
  },
  /** A halt, an end of one, or a list of symbols could not be taken over from the executor: signatures go by what was known before. */
  TradingRuleParked: { subject: 'trading_rule.parked', v: 1, data: parked },
});
