import type { GatewayErrorCode, VaultErrorCode, VerificationVerdict, ExecutorErrorCode } from '@latchkey/contracts';
import { VerdictError } from '../../../app/errors.js';
import { refusedDetails, verifiedView } from '../key-views.js';

/** What every route refuses with that asks an exchange about a key. */
export const verificationRefusals = [
  'vault.credential_not_found',
  'vault.key_refused',
  'vault.key_unknown',
  'vault.key_revoked',
  'vault.key_expired',
  'vault.key_other_environment',
  'vault.key_address_refused',
  'vault.key_secret_wrong',
  'vault.key_read_only',
  'vault.key_can_withdraw',
  'vault.key_can_transfer',
  'vault.key_has_unknown_right',
  'vault.key_cannot_read',
  'vault.key_cannot_trade',
  'vault.permissions_not_reported',
  'vault.venue_unavailable',
  'vault.verification_not_open',
  'vault.verification_unsigned',
  'vault.integrity_failed',
  'vault.conflict',
  'venue.not_supported',
  'venue.clock_unknown',
  'verification.unsigned',
] as const satisfies readonly (GatewayErrorCode | VaultErrorCode | ExecutorErrorCode)[];

/** A key that was verified, in the guide's words and ours. @throws {VerdictError} for one that was not */
export const verifiedAnswer = (verdict: VerificationVerdict) => {
  if (!verdict.verified) throw new VerdictError(verdict.code ?? 'vault.key_refused', verdict.message, refusedDetails(verdict));
  return verifiedView(verdict);
};
