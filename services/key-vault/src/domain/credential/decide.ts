import { assertNever, type Decider } from '@latchkey/kernel';
import { VaultError } from '../vault-error.js';
import {
  deletionWindowMs,
  instantOf,
  msOf,
  settlingWindowMs,
  verificationWindowMs,
  type Credential,
  type CredentialCommand,
  type CredentialEvent,
  type CredentialIdentity,
} from './credential.js';
import { evolve } from './evolve.js';
import { dueNotice } from './expiry-notice.js';
import { judgeVerification } from './verification-policy.js';

type Present = Exclude<Credential, { status: 'none' | 'deleting' | 'deleted' }>;
type Of<Type extends CredentialCommand['type']> = Extract<CredentialCommand, { type: Type }>['data'];

const identityOf = ({ credentialId, userId, exchange, environment }: CredentialIdentity): CredentialIdentity => ({
  credentialId,
  userId,
  exchange,
  environment,
});

/** The key as it stands, or the reason why there is none to work with. */
const present = (credential: Credential): Present => {
  switch (credential.status) {
    case 'none':
    case 'deleting':
    case 'deleted':
      throw new VaultError('vault.credential_not_found');
    default:
      return credential;
  }
};

const begin = (credential: Credential, { verificationId, atMs }: Of<'BeginVerification'>): readonly CredentialEvent[] => {
  const held = present(credential);
  if (held.status === 'damaged') throw new VaultError('vault.integrity_failed', { credentialId: held.credentialId });
  const window = { startedAt: instantOf(atMs), expiresAt: instantOf(atMs + verificationWindowMs) };
  return [{ type: 'CredentialVerificationStarted', v: 1, data: { ...identityOf(held), verificationId, ...window } }];
};

/** Until when a key that is being disabled may settle what it opened: a key that never traded has nothing to settle. */
const settlesUntil = (held: Present, atMs: number): { settlesUntil?: string } => {
  if (held.status === 'verified') return { settlesUntil: instantOf(atMs + settlingWindowMs) };
  return held.status === 'disabled' && held.settlesUntil !== undefined ? { settlesUntil: held.settlesUntil } : {};
};

/** Whether the venue knew this very key once: a key that traded was verified, and saving another begins anew. */
const wasVerified = (held: Present): boolean =>
  held.status === 'verified' || (held.status === 'disabled' && held.settlesUntil !== undefined);

const complete = (credential: Credential, data: Of<'CompleteVerification'>): readonly CredentialEvent[] => {
  const { verificationId, result, signedStrings, atMs } = data;
  const held = present(credential);
  const open = held.verifications.find((verification) => verification.verificationId === verificationId);
  if (!open || msOf(open.expiresAt) < atMs) throw new VaultError('vault.verification_not_open', { verificationId });
  if (result.outcome !== 'unavailable' && signedStrings === 0)
    throw new VaultError('vault.verification_unsigned', { verificationId });
  const { exchange, environment } = held;
  const verdict = judgeVerification(result, { exchange, environment, nowMs: atMs, verifiedBefore: wasVerified(held) });
  const common = { ...identityOf(held), verificationId };
  if (verdict.ok) {
    const { permissions, warnings, report } = verdict;
    return [
      {
        type: 'CredentialVerified',
        v: 1,
        data: { ...common, verifiedAt: instantOf(atMs), permissions, warnings: [...warnings], report },
      },
    ];
  }
  const { code, definite, permissions, report } = verdict;
  const told = { ...(permissions === undefined ? {} : { permissions }), ...(report === undefined ? {} : { report }) };
  const failure = { ...common, failedAt: instantOf(atMs), code, definite, ...told };
  return [{ type: 'CredentialVerificationFailed', v: 1, data: { ...failure, ...(definite ? settlesUntil(held, atMs) : {}) } }];
};

/** Once for each threshold and end of a key. */
const noticeExpiry = (credential: Credential, { atMs }: Of<'NoticeExpiry'>): readonly CredentialEvent[] => {
  const due = dueNotice(credential, atMs);
  if (due === undefined) return [];
  return [{ type: 'CredentialExpiryNoticed', v: 1, data: { ...identityOf(present(credential)), ...due } }];
};

/** A key that may have unknown orders is readable for two minutes more; any other secret dies in the same moment. */
const erase = (credential: Credential, { atMs }: Of<'DeleteCredential'>): readonly CredentialEvent[] => {
  if (credential.status === 'deleting') return [];
  const held = present(credential);
  const mayHaveTraded = wasVerified(held);
  const deleted = { ...identityOf(held), deletedAt: instantOf(atMs) };
  if (mayHaveTraded) {
    return [{ type: 'CredentialDeleted', v: 1, data: { ...deleted, readableUntil: instantOf(atMs + deletionWindowMs) } }];
  }
  return [
    { type: 'CredentialDeleted', v: 1, data: deleted },
    { type: 'CredentialSecretDestroyed', v: 1, data: { ...identityOf(held), destroyedAt: instantOf(atMs) } },
  ];
};

const destroy = (credential: Credential, { atMs }: Of<'DestroySecret'>): readonly CredentialEvent[] =>
  credential.status === 'deleting' && msOf(credential.readableUntil) <= atMs
    ? [{ type: 'CredentialSecretDestroyed', v: 1, data: { ...identityOf(credential), destroyedAt: instantOf(atMs) } }]
    : [];

/** One record is enough, though a damaged row is met again with every signal. A damaged row that is on its way out goes at once. */
const recordDamage = (credential: Credential, { field, atMs }: Of<'RecordIntegrityFailure'>): readonly CredentialEvent[] => {
  if (credential.status === 'none' || credential.status === 'deleted' || credential.status === 'damaged') return [];
  const identity = identityOf(credential);
  const damaged: CredentialEvent = { type: 'CredentialIntegrityFailed', v: 1, data: { ...identity, field } };
  if (credential.status !== 'deleting') return [damaged];
  return [damaged, { type: 'CredentialSecretDestroyed', v: 1, data: { ...identity, destroyedAt: instantOf(atMs) } }];
};

const decide = (command: CredentialCommand, credential: Credential): readonly CredentialEvent[] => {
  switch (command.type) {
    case 'SaveCredential': {
      const replaced = credential.status !== 'none' && credential.status !== 'deleted';
      const { maskedKey, keyType, publicKeyDigest, imported } = command.data;
      const kind = {
        ...(keyType === 'hmac' ? {} : { keyType }),
        ...(publicKeyDigest === undefined ? {} : { publicKeyDigest }),
        ...(imported === undefined ? {} : { imported }),
      };
      return [{ type: 'CredentialSaved', v: 1, data: { ...identityOf(command.data), maskedKey, replaced, ...kind } }];
    }
    case 'BeginVerification':
      return begin(credential, command.data);
    case 'CompleteVerification':
      return complete(credential, command.data);
    case 'NoticeExpiry':
      return noticeExpiry(credential, command.data);
    case 'DeleteCredential':
      return erase(credential, command.data);
    case 'DestroySecret':
      return destroy(credential, command.data);
    case 'RecordIntegrityFailure':
      return recordDamage(credential, command.data);
    default:
      return assertNever(command);
  }
};

export const credentialDecider: Decider<Credential, CredentialCommand, CredentialEvent> = {
  initial: { status: 'none' },
  decide,
  evolve,
};
