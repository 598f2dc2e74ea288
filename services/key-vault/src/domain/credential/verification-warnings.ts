import type { KeyReport, KeyWarning, Permissions } from '@latchkey/contracts';
import { daysLeftOf } from './expiry-notice.js';
import type { Right } from './known-rights.js';

export type VerificationWarning =
  | 'no_ip_restriction'
  | 'expires_soon'
  | 'margin_enabled'
  | 'unneeded_right'
  | 'spot_off'
  | 'futures_off'
  | 'hedge_mode'
  | 'classic_account'
  | 'portfolio_margin'
  | 'permissions_not_reported';

const days = (count: number | undefined): string => {
  if (count === undefined) return 'within 14 days';
  if (count < 1) return 'within a day';
  return count === 1 ? 'in 1 day' : `in ${count} days`;
};

/** What the user reads. @param daysLeft until the key's end, where that is known */
const texts: Readonly<Record<VerificationWarning, (daysLeft: number | undefined) => string>> = {
  no_ip_restriction: () =>
    'The key works from any address: bind it to our addresses at the exchange, so that a stolen key is worth nothing elsewhere.',
  expires_soon: (daysLeft) => `The key expires ${days(daysLeft)}: renew it at the exchange in time, or bind it to our addresses.`,
  margin_enabled: () => 'The key may trade on margin, which is not needed here: switch it off at the exchange.',
  unneeded_right: () => 'The key may trade options or over FIX, which is not needed here: switch that off at the exchange.',
  spot_off: () =>
    'The key may not trade spot: orders of followings on spot will be refused. Switch spot trading on if you follow any.',
  futures_off: () =>
    'The key may not trade futures: orders of followings on futures will be refused. Switch futures on if you follow any.',
  hedge_mode: () =>
    'The futures account holds long and short positions side by side: buys open the long one, sells the short one. Switch to one-way mode if they should offset each other.',
  classic_account: () =>
    'The account is a classic one, with a wallet for each market: keep funds in the one that you trade, or upgrade to a unified account.',
  portfolio_margin: () =>
    'The account is in portfolio margin, where a loss anywhere may close positions everywhere: switch to cross or isolated margin if you do not mean it.',
  permissions_not_reported: () => 'This environment does not report what a key may do: its rights were not checked.',
};

/** A stored code with the words for it now; one of a later version is shown as it is. */
export const warningOf = (code: string, report: KeyReport | undefined, nowMs: number): KeyWarning => {
  const daysLeft = report?.expiresAt === undefined ? undefined : daysLeftOf(report.expiresAt, nowMs);
  return { code, message: Object.hasOwn(texts, code) ? texts[code as VerificationWarning](daysLeft) : code };
};

const expirySoonMs = 14 * 86_400_000;

/** What the key's owner should know or change, though it does not stop trading. */
export const warningsAbout = (
  { permissions, report }: { readonly permissions: Permissions; readonly report: KeyReport },
  rights: readonly (Right | undefined)[],
  nowMs: number,
): readonly VerificationWarning[] => {
  const { ipRestricted, expiresAt, markets, account } = report;
  const { canRead, canTrade, canWithdraw } = permissions;
  const warnings: readonly (VerificationWarning | false)[] = [
    ipRestricted === false && 'no_ip_restriction',
    expiresAt !== undefined && Date.parse(expiresAt) - nowMs < expirySoonMs && 'expires_soon',
    rights.includes('margin') && 'margin_enabled',
    rights.includes('unneeded') && 'unneeded_right',
    markets?.spot.canTrade === false && 'spot_off',
    markets?.linear.canTrade === false && 'futures_off',
    account?.positionMode === 'hedge' && 'hedge_mode',
    account?.type === 'classic' && 'classic_account',
    account?.marginMode === 'portfolio' && 'portfolio_margin',
    [canRead, canTrade, canWithdraw].includes(null) && 'permissions_not_reported',
  ];
  return warnings.filter((warning) => warning !== false);
};
