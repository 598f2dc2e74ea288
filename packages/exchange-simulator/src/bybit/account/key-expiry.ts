import type { Account } from '../../core/accounts.js';

const dayMs = 86_400_000;
/** A key without bound addresses stops working this long after it was made. */
const unboundDays = 90;

/** When the key ends: never, when it is bound to addresses and no test says otherwise. */
const expiryMs = ({ ipRestricted, createdAtMs, expiresAtMs }: Account): number | undefined =>
  expiresAtMs ?? (ipRestricted ? undefined : createdAtMs + unboundDays * dayMs);

export const isExpired = (account: Account, nowMs: number): boolean => {
  const endsAtMs = expiryMs(account);
  return endsAtMs !== undefined && nowMs >= endsAtMs;
};

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

/**
 * `deadlineDay` and `expiredAt` of the permission check. A bound key shows the epoch there, which means "no end" and not "ended in 1970".
 *
 * @see Bybit v5, "Get API Key Information"; `exchange-facts.md` 4.3
 */
export const deadline = (account: Account, nowMs: number): { readonly deadlineDay: number; readonly expiredAt: string } => {
  const endsAtMs = expiryMs(account);
  return endsAtMs === undefined
    ? { deadlineDay: -2, expiredAt: seconds(0) }
    : { deadlineDay: Math.max(0, Math.floor((endsAtMs - nowMs) / dayMs)), expiredAt: seconds(endsAtMs) };
};
