import type { CredentialStatus } from '@latchkey/contracts';
import { keyTypeOf, type Credential } from './credential.js';

/** A key as its owner may see it; `undefined` when there is none any more. An unverified key is not switched off, it just does nothing yet. */
export const statusOf = (credential: Credential): CredentialStatus | undefined => {
  switch (credential.status) {
    case 'none':
    case 'deleting':
    case 'deleted':
      return undefined;
    default: {
      const { exchange, environment, credentialId, maskedKey, lastFailure } = credential;
      const keyType = keyTypeOf(credential);
      const enabled = credential.status === 'unverified' || credential.status === 'verified';
      return {
        exchange,
        environment,
        credentialId,
        maskedKey,
        ...(keyType === 'hmac' ? {} : { keyType }),
        enabled,
        verified: credential.status === 'verified',
        ...(credential.status === 'verified' ? { verifiedAt: credential.verifiedAt } : {}),
        ...('permissions' in credential && credential.permissions !== undefined ? { permissions: credential.permissions } : {}),
        ...(lastFailure === undefined ? {} : { reason: lastFailure }),
      };
    }
  }
};
