import type {
  Environment,
  ExchangeName,
  KeyRefusal,
  KeyReport,
  Permissions,
  VaultErrorCode,
  VerificationResult,
} from '@latchkey/contracts';
import { rightOf, type Right } from './known-rights.js';
import { codeOfRefusal } from './refused-key.js';
import { warningsAbout, type VerificationWarning } from './verification-warnings.js';

export type Verdict =
  | {
      readonly ok: true;
      readonly permissions: Permissions;
      readonly report: KeyReport;
      readonly warnings: readonly VerificationWarning[];
    }
  | {
      readonly ok: false;
      readonly code: VaultErrorCode;
      readonly definite: boolean;
      readonly permissions?: Permissions;
      readonly report?: KeyReport;
    };

type Judged = {
  readonly exchange: ExchangeName;
  readonly environment: Environment;
  readonly nowMs: number;
  /** Whether this very key was verified once: then the venue knew it. */
  readonly verifiedBefore?: boolean;
};

/** What is missing from a key that may do nothing forbidden. */
const lackOf = (
  permissions: Permissions,
  { readOnly }: KeyReport,
  rights: readonly (Right | undefined)[],
): VaultErrorCode | undefined => {
  if (permissions.canRead === false) return 'vault.key_cannot_read';
  if (permissions.canTrade !== false) return undefined;
  return readOnly === true && rights.includes('trade') ? 'vault.key_read_only' : 'vault.key_cannot_trade';
};

/** What the rights that are on forbid, or what is missing: in the order in which a user should hear of it. */
const refusalOf = (
  permissions: Permissions,
  report: KeyReport,
  rights: readonly (Right | undefined)[],
  { environment, nowMs }: Judged,
): VaultErrorCode | undefined => {
  if (permissions.canWithdraw === true || rights.includes('withdraw')) return 'vault.key_can_withdraw';
  if (rights.includes('transfer')) return 'vault.key_can_transfer';
  if (rights.includes(undefined)) return 'vault.key_has_unknown_right';
  if (report.expiresAt !== undefined && Date.parse(report.expiresAt) <= nowMs) return 'vault.key_expired';
  const lack = lackOf(permissions, report, rights);
  if (lack !== undefined) return lack;
  const reported = permissions.canRead !== null && permissions.canTrade !== null && permissions.canWithdraw !== null;
  return reported || environment === 'testnet' ? undefined : 'vault.permissions_not_reported';
};

/**
 * What follows from the venue's answer. Rights that can move funds, and rights that nobody here knows, refuse the key; only what the venue
 * proved is definite and disables it, an answer that did not come changes nothing.
 */
export const judgeVerification = (result: VerificationResult, of: Judged): Verdict => {
  if (result.outcome === 'unavailable') return { ok: false, code: 'vault.venue_unavailable', definite: false };
  if (result.outcome === 'refused') {
    const verifiedBefore = of.verifiedBefore ?? false;
    // An address that was added since must not end what works from the others.
    const definite = !(verifiedBefore && result.code === ('venue.some_addresses_not_allowed' satisfies KeyRefusal));
    return { ok: false, code: codeOfRefusal(result.code, verifiedBefore), definite };
  }
  const { outcome: _reported, permissions, ...report } = result;
  const rights = report.granted.map((name) => rightOf(of.exchange, name));
  const code = refusalOf(permissions, report, rights, of);
  if (code !== undefined) return { ok: false, code, definite: true, permissions, report };
  return { ok: true, permissions, report, warnings: warningsAbout({ permissions, report }, rights, of.nowMs) };
};
