import type { Account, Accounts } from '../../core/accounts.js';
import type { Stats } from '../../core/stats.js';
import { isExpired } from '../account/key-expiry.js';
import { refuse } from '../refusal.js';
import { verifySignature } from '../signature.js';

/**
 * Whose connection this is: one signature over a fixed text and a time that must still come. It names neither the key, nor a path, nor
 * what may be done with it, so the same text opens `/v5/private` and `/v5/trade`.
 *
 * @param args `[apiKey, expires, signature]`
 * @throws {BybitRefusal} 10001, 10003, 10004, 10010, 33004
 * @see Bybit v5, "Connect": authentication
 */
export const authenticateStream = (
  args: readonly unknown[],
  ip: string,
  { accounts, stats, nowMs }: { readonly accounts: Accounts; readonly stats: Stats; readonly nowMs: number },
): Account => {
  const [apiKey, expires, signature] = args;
  const until = typeof expires === 'number' ? String(expires) : expires;
  if (typeof apiKey !== 'string' || typeof until !== 'string' || typeof signature !== 'string')
    throw refuse.request('Params Error');
  if (!/^\d{1,16}$/.test(until) || Number(until) <= nowMs) throw refuse.request('Params Error');
  const account = accounts.find(apiKey);
  if (account?.exchange !== 'bybit' || account.revoked) throw refuse.key();
  if (!verifySignature(account.key, `GET/realtime${until}`, signature)) {
    stats.count('signatureFailures');
    throw refuse.signature(`GET/realtime${until}`);
  }
  if (isExpired(account, nowMs)) throw refuse.expired(undefined);
  if (account.ipRestricted && !account.allowedIps.includes(ip)) throw refuse.address();
  return account;
};
