import type { Account, Accounts } from '../core/accounts.js';
import type { RawRequest } from '../core/raw-http.js';
import type { Environment } from '../core/names.js';
import type { Stats } from '../core/stats.js';
import { isExpired } from './account/key-expiry.js';
import type { Right } from './endpoint.js';
import { categoryHint, type Category } from './params.js';
import { refuse } from './refusal.js';
import { originString, verifySignature } from './signature.js';
import { checkWindow, defaultRecvWindow, type TimeWindow } from './time-window.js';

const header = ({ headers }: RawRequest, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const apiKeyOf = (raw: RawRequest): string | undefined => header(raw, 'x-bapi-api-key');

/** The environment that a request was addressed to, when its client kept the venue's own host name; a loopback address serves both. */
const environmentOf = (raw: RawRequest): Environment | undefined => {
  const host = header(raw, 'host') ?? '';
  if (/^api-(testnet|demo)\./.test(host)) return 'testnet';
  return /^api\.(bybit|bytick)\b/.test(host) ? 'live' : undefined;
};

type Credentials = { readonly apiKey: string; readonly signature: string; readonly window: TimeWindow };

/** @throws {BybitRefusal} HTTP 401 when a header is missing or no number; `X-BAPI-SIGN-TYPE` is not needed */
const readCredentials = (raw: RawRequest): Credentials => {
  const apiKey = apiKeyOf(raw);
  const signature = header(raw, 'x-bapi-sign');
  const timestamp = header(raw, 'x-bapi-timestamp') ?? '';
  const recvWindow = header(raw, 'x-bapi-recv-window') ?? defaultRecvWindow;
  const wellFormed = /^\d{1,16}$/.test(timestamp) && /^\d{1,16}$/.test(recvWindow);
  if (apiKey === undefined || signature === undefined || !wellFormed) throw refuse.authHeaders();
  return { apiKey, signature, window: { timestamp, recvWindow } };
};

const mayDo = ({ permissions, readOnly = false }: Account, right: Right, category: Category | undefined): boolean => {
  const { read, trade, futures } = permissions;
  if (readOnly && (right === 'trade' || right === 'position')) return false;
  switch (right) {
    case 'any':
      return true;
    case 'read':
      return read || trade || futures;
    case 'position':
      return futures;
    case 'trade':
      return category === undefined ? trade || futures : category === 'spot' ? trade : futures;
  }
};

export type Caller = { readonly account: Account; readonly window: TimeWindow; readonly category: Category | undefined };

/**
 * Clock, key, signature, expiry, address. The venue does not document its order; the key's rights come last, see `assertRight`.
 *
 * @throws {BybitRefusal} HTTP 401, 10002, 10003, 10004, 33004 or -2015, 10010
 */
export const authenticate = (
  raw: RawRequest,
  { accounts, stats, nowMs }: { readonly accounts: Accounts; readonly stats: Stats; readonly nowMs: number },
): Caller => {
  const { apiKey, signature, window } = readCredentials(raw);
  const category = categoryHint(raw.method, raw.query, raw.body);
  checkWindow(window, nowMs);
  const account = accounts.find(apiKey);
  const addressed = environmentOf(raw);
  if (account?.exchange !== 'bybit' || account.revoked) throw refuse.key();
  if (addressed !== undefined && addressed !== account.environment) throw refuse.key();
  const origin = originString(window.timestamp, apiKey, window.recvWindow, raw.method === 'GET' ? raw.query : raw.body);
  if (!verifySignature(account.key, origin, signature)) {
    stats.count('signatureFailures');
    throw refuse.signature(Buffer.from(origin, 'latin1').toString());
  }
  if (isExpired(account, nowMs)) throw refuse.expired(category);
  if (account.ipRestricted && !account.allowedIps.includes(raw.ip)) throw refuse.address();
  return { account, window, category };
};

/** @throws {BybitRefusal} 10005 */
export const assertRight = ({ account, category }: Caller, right: Right): void => {
  if (!mayDo(account, right, category)) throw refuse.permission();
};
