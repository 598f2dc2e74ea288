import type { SignPurpose, VaultErrorCode } from '@latchkey/contracts';
import { assertNever } from '@latchkey/kernel';
import { keyTypeOf, msOf, type Credential } from './credential.js';

/** A stream of an account's own orders shows what look-ups show. */
const onlyLooks = (purpose: SignPurpose): boolean => purpose === 'read' || purpose === 'stream';

/**
 * DESIGN 4's table: may a string for this purpose be signed with a credential in this state? `undefined` says yes. Halts, lists of symbols and the
 * freeze are rules of their own (`refusalByRules`).
 */
export const refusalToSign = (credential: Credential, purpose: SignPurpose, nowMs: number): VaultErrorCode | undefined => {
  if (purpose === 'stream' && keyTypeOf(credential) === 'ed25519') return 'vault.stream_not_signed';
  switch (credential.status) {
    case 'none':
      return 'vault.credential_not_found';
    case 'unverified':
      return purpose === 'verify' ? undefined : 'vault.credential_unverified';
    case 'verified':
      return undefined;
    case 'disabled': {
      const settles = credential.settlesUntil !== undefined && nowMs < msOf(credential.settlesUntil);
      return purpose === 'verify' || (settles && (onlyLooks(purpose) || purpose === 'cancel'))
        ? undefined
        : 'vault.credential_disabled';
    }
    case 'damaged':
      return 'vault.integrity_failed';
    case 'deleting':
      return onlyLooks(purpose) && nowMs < msOf(credential.readableUntil) ? undefined : 'vault.credential_deleted';
    case 'deleted':
      return 'vault.credential_deleted';
    default:
      return assertNever(credential);
  }
};
