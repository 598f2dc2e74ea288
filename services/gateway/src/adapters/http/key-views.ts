import type {
  CredentialHistoryEntry,
  CredentialStatus,
  KeyReport,
  KeyWarning,
  Permissions,
  VerificationVerdict,
} from '@latchkey/contracts';

/** In the guide's words; null: the exchange did not say. */
const permissionsOf = (permissions: Permissions | undefined) => ({
  can_read: permissions?.canRead ?? null,
  can_trade: permissions?.canTrade ?? null,
  can_withdraw: permissions?.canWithdraw ?? null,
});

type Noticed = {
  readonly warnings?: readonly KeyWarning[] | undefined;
  readonly expiresAt?: string | undefined;
  readonly daysLeft?: number | undefined;
};

/** Only what there is to say: a key that is as it should be is answered as the guide prints it. */
const noticesOf = ({ warnings = [], expiresAt, daysLeft }: Noticed) => ({
  ...(warnings.length > 0 && {
    warnings: warnings.map(({ message }) => message),
    warningCodes: warnings.map(({ code }) => code),
  }),
  ...(expiresAt !== undefined && { expiresAt }),
  ...(daysLeft !== undefined && { daysLeft }),
});

type Told = { readonly permissions?: Permissions | undefined; readonly report?: KeyReport | undefined };

const detailsOf = ({ permissions, report }: Told) => ({
  ...(permissions && { permissions: permissionsOf(permissions) }),
  ...(report?.markets && { markets: report.markets }),
  ...(report?.account && { account: report.account }),
  ...(report && { ipRestricted: report.ipRestricted, grantedRights: report.granted }),
});

/** The guide's own fields of a key. */
export const stateOf = (key: CredentialStatus | undefined) =>
  key === undefined
    ? ({ has_key: false } as const)
    : {
        has_key: true,
        masked_key: key.maskedKey,
        enabled: key.enabled,
        verified: key.verified,
        ...(key.keyType !== undefined && { keyType: key.keyType }),
        ...(key.verifiedAt !== undefined && { verified_at: key.verifiedAt }),
        ...(key.reason !== undefined && { reason: key.reason }),
      };

/** One key with what its owner should know, and on request with everything that the exchange told of it. */
export const statusView = (key: CredentialStatus | undefined, details: boolean) => ({
  ...stateOf(key),
  ...(key && noticesOf({ ...key, expiresAt: key.report?.expiresAt })),
  ...(key && details && detailsOf(key)),
  ...(key && details && key.nextVerificationAt !== undefined && { nextVerificationAt: key.nextVerificationAt }),
});

export const verifiedView = ({ permissions, warnings, warningCodes = [], report, daysLeft }: VerificationVerdict) => ({
  permissions: permissionsOf(permissions),
  ...noticesOf({
    warnings: warnings.map((message, i) => ({ message, code: warningCodes[i] ?? 'unknown' })),
    expiresAt: report?.expiresAt,
    daysLeft,
  }),
});

/** Why a key was refused, with the rights that the exchange names: one of them may be the one to switch off. */
export const refusedDetails = ({ permissions, report }: VerificationVerdict) => ({
  permissions: permissionsOf(permissions),
  ...(report && { grantedRights: report.granted }),
});

export const historyView = ({
  permissions,
  report,
  warnings,
  expiresAt,
  daysLeft,
  maskedKey,
  ...entry
}: CredentialHistoryEntry) => ({
  ...entry,
  ...(maskedKey !== undefined && { masked_key: maskedKey }),
  ...detailsOf({ permissions, report }),
  ...noticesOf({ warnings, expiresAt: expiresAt ?? report?.expiresAt, daysLeft }),
});
