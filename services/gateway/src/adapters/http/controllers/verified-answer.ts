import type { GatewayErrorCode, VaultErrorCode, VerificationVerdict, ExecutorErrorCode } from '@latchkey/contracts';
import { VerdictError } from '../../../app/errors.js';

/** What every route refuses with that asks an exchange about a key. */
export const verificationRefusals = [
  'vault.credential_not_found',
  'vault.key_refused',
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

const permissionsOf = (permissions: VerificationVerdict['permissions']) => ({
  can_read: permissions?.canRead ?? null,
  can_trade: permissions?.canTrade ?? null,
  can_withdraw: permissions?.canWithdraw ?? null,
});

/** The guide's words for a key that was verified. @throws {VerdictError} for one that was not */
export const verifiedAnswer = (verdict: VerificationVerdict) => {
  const permissions = permissionsOf(verdict.permissions);
  if (!verdict.verified) throw new VerdictError(verdict.code ?? 'vault.key_refused', verdict.message, { permissions });
  return { permissions, ...(verdict.warnings.length > 0 ? { warnings: verdict.warnings } : {}) };
};
