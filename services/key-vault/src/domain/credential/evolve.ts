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
});

/** Copies a fact into the state; refuses nothing, reads no clock. */
export const evolve = (credential: Credential, event: CredentialEvent): Credential => {
  const { data } = event;
  switch (event.type) {
    case 'CredentialSaved':
      return { status: 'unverified', ...identityOf(data), ...keyFacts(event.data), verifications: [] };
    case 'CredentialVerificationStarted': {
      if (!('verifications' in credential)) return credential;
      const { verificationId, expiresAt } = event.data;
      return {
        ...credential,
        verifications: [{ verificationId, expiresAt }, ...credential.verifications].slice(0, maxOpenVerifications),
      };
    }
    case 'CredentialVerified': {
      const { verifiedAt, permissions, verificationId } = event.data;
      const verifications = verificationsOf(credential).filter((open) => open.verificationId !== verificationId);
      return { ...standing(credential, data), status: 'verified', verifications, verifiedAt, permissions };
    }
    case 'CredentialVerificationFailed': {
      const { definite, code, permissions, settlesUntil, verificationId } = event.data;
      const verifications = verificationsOf(credential).filter((open) => open.verificationId !== verificationId);
      if (!definite) return 'verifications' in credential ? { ...credential, verifications, lastFailure: code } : credential;
      return {
        ...standing(credential, data),
        status: 'disabled',
        verifications,
        lastFailure: code,
        ...(permissions === undefined ? {} : { permissions }),
        ...(settlesUntil === undefined ? {} : { settlesUntil }),
      };
    }
    case 'CredentialDeleted': {
      const { readableUntil } = event.data;
      if (readableUntil === undefined) return { status: 'deleted', ...identityOf(data) };
      return { status: 'deleting', ...identityOf(data), ...keyFactsOf(credential), readableUntil };
    }
    case 'CredentialSecretDestroyed':
      return { status: 'deleted', ...identityOf(data) };
    case 'CredentialIntegrityFailed':
      return { ...standing(credential, data), status: 'damaged', verifications: [], lastFailure: 'vault.integrity_failed' };
    default:
      return assertNever(event);
  }
};
