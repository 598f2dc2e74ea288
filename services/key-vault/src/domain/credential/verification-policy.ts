import type { Environment, ExchangeName, Permissions, VaultErrorCode, VerificationResult } from '@latchkey/contracts';

export type VerificationWarning = 'no_ip_restriction' | 'expires_soon' | 'margin_enabled' | 'permissions_not_reported';

export type Verdict =
  | { readonly ok: true; readonly permissions: Permissions; readonly warnings: readonly VerificationWarning[] }
  | { readonly ok: false; readonly code: VaultErrorCode; readonly definite: boolean; readonly permissions?: Permissions };

/** What the user reads. */
export const warningTexts: Readonly<Record<VerificationWarning, string>> = {
  no_ip_restriction:
    'The key works from any address: bind it to our addresses at the exchange, so that a stolen key is worth nothing elsewhere.',
  expires_soon: 'The key expires within 14 days: renew it at the exchange in time.',
  margin_enabled: 'The key may trade on margin, which is not needed here: switch it off at the exchange.',
  permissions_not_reported: 'This environment does not report what a key may do: its rights were not checked.',
};

const expirySoonMs = 14 * 24 * 60 * 60 * 1_000;

type Right = 'read' | 'trade' | 'margin' | 'harmless' | 'withdraw' | 'transfer';

// The venues' own names (exchange-facts 3.3, 4.3). What is not here is unknown, and unknown is refused.
const binanceRights: Readonly<Record<string, Right>> = {
  enableReading: 'read',
  enableSpotAndMarginTrading: 'trade',
  enableFutures: 'trade',
  enableVanillaOptions: 'trade',
  enableFixApiTrade: 'trade',
  enableFixReadOnly: 'read',
  enableMargin: 'margin',
  ipRestrict: 'harmless',
  enableWithdrawals: 'withdraw',
  enableInternalTransfer: 'transfer',
  permitsUniversalTransfer: 'transfer',
  enablePortfolioMarginTrading: 'transfer',
};

const bybitRights: Readonly<Record<string, Right>> = {
  'ContractTrade:Order': 'trade',
  'ContractTrade:Position': 'trade',
  'Spot:SpotTrade': 'trade',
  'Derivatives:DerivativesTrade': 'trade',
  'Options:OptionsTrade': 'trade',
  'Wallet:Withdraw': 'withdraw',
};

const rightOf = (exchange: ExchangeName, name: string): Right | undefined => {
  const rights = exchange === 'binance' ? binanceRights : bybitRights;
  if (Object.hasOwn(rights, name)) return rights[name];
  return exchange === 'bybit' && name.startsWith('Wallet:') ? 'transfer' : undefined;
};

/** What the rights that are on forbid, or what is missing: in the order in which a user should hear of it. */
const refusalOf = (
  permissions: Permissions,
  rights: readonly (Right | undefined)[],
  environment: Environment,
): VaultErrorCode | undefined => {
  if (permissions.canWithdraw === true || rights.includes('withdraw')) return 'vault.key_can_withdraw';
  if (rights.includes('transfer')) return 'vault.key_can_transfer';
  if (rights.includes(undefined)) return 'vault.key_has_unknown_right';
  if (permissions.canRead === false) return 'vault.key_cannot_read';
  if (permissions.canTrade === false) return 'vault.key_cannot_trade';
  const reported = permissions.canRead !== null && permissions.canTrade !== null && permissions.canWithdraw !== null;
  return reported || environment === 'testnet' ? undefined : 'vault.permissions_not_reported';
};

/**
 * What follows from the venue's answer. Rights that can move funds, and rights that nobody here knows, refuse the key; only what the venue
 * proved is definite and disables it, an answer that did not come changes nothing.
 */
export const judgeVerification = (
  result: VerificationResult,
  of: { readonly exchange: ExchangeName; readonly environment: Environment; readonly nowMs: number },
): Verdict => {
  if (result.outcome === 'unavailable') return { ok: false, code: 'vault.venue_unavailable', definite: false };
  if (result.outcome === 'refused') return { ok: false, code: 'vault.key_refused', definite: true };
  const { permissions, granted, ipRestricted, expiresAt } = result;
  const rights = granted.map((name) => rightOf(of.exchange, name));
  const code = refusalOf(permissions, rights, of.environment);
  if (code !== undefined) return { ok: false, code, definite: true, permissions };
  const warnings: readonly (VerificationWarning | false)[] = [
    ipRestricted === false && 'no_ip_restriction',
    expiresAt !== undefined && Date.parse(expiresAt) - of.nowMs < expirySoonMs && 'expires_soon',
    rights.includes('margin') && 'margin_enabled',
    (permissions.canRead === null || permissions.canTrade === null || permissions.canWithdraw === null) &&
      'permissions_not_reported',
  ];
  return { ok: true, permissions, warnings: warnings.filter((warning) => warning !== false) };
};
