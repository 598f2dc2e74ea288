import { assertNever } from '@latchkey/kernel';
import type { Credential, CredentialEvent, CredentialIdentity, KeyFacts, OpenVerification } from './credential.js';

const maxOpenVerifications = 4;

const identityOf = ({ credentialId, userId, exchange, environment }: CredentialIdentity): CredentialIdentity => ({
  credentialId,
  userId,
  exchange,
  environment,
});

type Told = { readonly [Fact in keyof KeyFacts]: KeyFacts[Fact] | undefined } & Pick<KeyFacts, 'maskedKey'>;
const keyFacts = ({ maskedKey, keyType, publicKeyDigest }: Told): KeyFacts => ({
  maskedKey,
  ...(keyType === undefined ? {} : { keyType }),
  ...(publicKeyDigest === undefined ? {} : { publicKeyDigest }),
});
const keyFactsOf = (credential: Credential): KeyFacts => ('maskedKey' in credential ? keyFacts(credential) : { maskedKey: '' });
const verificationsOf = (credential: Credential): readonly OpenVerification[] =>
  'verifications' in credential ? credential.verifications : [];

const standing = (credential: Credential, data: CredentialIdentity) => ({
  ...identityOf(data),
  ...keyFactsOf(credential),
  verifications: verificationsOf(credential),
  ...('noticed' in credential && credential.noticed !== undefined ? { noticed: credential.noticed } : {}),
});

/** What was asked about an earlier key says nothing of this one: a restored database gets such an answer back behind the key that was saved since. */
const isAskedFor = (credential: Credential, verificationId: string): boolean =>
  verificationsOf(credential).some((open) => open.verificationId === verificationId);

const attemptsOf = (credential: Credential): number => ('attempts' in credential ? (credential.attempts ?? 0) : 0);

/** Copies a fact into the state; refuses nothing, reads no clock. */
export const evolve = (credential: Credential, event: CredentialEvent): Credential => {
  const { data } = event;
  switch (event.type) {
    case 'CredentialSaved':
      return { status: 'unverified', ...identityOf(data), ...keyFacts(event.data), verifications: [] };
    case 'CredentialVerificationStarted': {
      if (!('verifications' in credential)) return credential;
      const { verificationId, startedAt, expiresAt } = event.data;
      return {
        ...credential,
        attempts: attemptsOf(credential) + 1,
        lastStartedAt: startedAt,
        verifications: [{ verificationId, expiresAt }, ...credential.verifications].slice(0, maxOpenVerifications),
      };
    }
    case 'CredentialVerified': {
      const { verifiedAt, permissions, warnings, report, verificationId } = event.data;
      if (!isAskedFor(credential, verificationId)) return credential;
      const verifications = verificationsOf(credential).filter((open) => open.verificationId !== verificationId);
      const told = { permissions, warnings, ...(report === undefined ? {} : { report }) };
      return { ...standing(credential, data), status: 'verified', verifications, verifiedAt, ...told };
    }
    case 'CredentialVerificationFailed': {
      const { definite, code, permissions, report, settlesUntil, verificationId } = event.data;
      if (!isAskedFor(credential, verificationId)) return credential;
      const verifications = verificationsOf(credential).filter((open) => open.verificationId !== verificationId);
      if (!definite) return 'verifications' in credential ? { ...credential, verifications, lastFailure: code } : credential;
      return {
        ...standing(credential, data),
        status: 'disabled',
        verifications,
        lastFailure: code,
        ...(permissions === undefined ? {} : { permissions }),
        ...(report === undefined ? {} : { report }),
        ...(settlesUntil === undefined ? {} : { settlesUntil }),
      };
    }
    case 'CredentialExpiryNoticed': {
      const { expiresAt, thresholdDays } = event.data;
      return 'verifications' in credential ? { ...credential, noticed: { expiresAt, thresholdDays } } : credential;
    }
    case 'CredentialDeleted': {
      const { readableUntil } = event.data;
      if (readableUntil === undefined) return { status: 'deleted', ...identityOf(data) };
      return { status: 'deleting', ...identityOf(data), ...keyFactsOf(credential), readableUntil };
    }
    case 'CredentialSecretDestroyed':
      return { status: 'deleted', ...identityOf(data) };
    case 'CredentialIntegrityFailed':
      // A key that is deleted stays so: its secret has to go when it is due.
      if (credential.status === 'deleting' || credential.status === 'deleted') return credential;
      return { ...standing(credential, data), status: 'damaged', verifications: [], lastFailure: 'vault.integrity_failed' };
    default:
      return assertNever(event);
  }
};
