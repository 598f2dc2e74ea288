import type { Account, Accounts } from '../core/accounts.js';
import type { RawRequest } from '../core/raw-http.js';
import type { Environment } from '../core/names.js';
import type { Stats } from '../core/stats.js';
import type { SignedSecurity } from './endpoint.js';
import { legal, type Params } from './params.js';
import { refuse } from './refusal.js';
import { signedPayload, verifySignature } from './signature.js';
import { checkWindow, timeWindow, type TimeWindow } from './time-window.js';

const keyFormat = /^[A-Za-z0-9_-]{1,128}$/;

export const apiKeyOf = ({ headers }: RawRequest): string | undefined => {
  const header = headers['x-mbx-apikey'];
  return typeof header === 'string' ? header : undefined;
};

/** The environment that a request was addressed to, when its client kept the venue's own host name; a loopback address serves both. */
export const environmentOf = ({ headers }: RawRequest): Environment | undefined => {
  const host = typeof headers['host'] === 'string' ? headers['host'] : '';
  if (/^testnet\.|^demo-/.test(host)) return 'testnet';
  return /^f?api/.test(host) && host.includes('binance') ? 'live' : undefined;
};

/** The parts that every signed request carries, taken before the endpoint's own. */
export type Credentials = { readonly apiKey: string; readonly window: TimeWindow; readonly signature: string };

/** @throws {BinanceRefusal} -1102, -1131 */
export const readWindow = (params: Params): TimeWindow => {
  const timestamp = Number(params.required('timestamp', legal.integer));
  const recvWindow = params.text('recvWindow', legal.recvWindow);
  return timeWindow(timestamp, recvWindow === undefined ? undefined : Number(recvWindow));
};

/** @throws {BinanceRefusal} -2014 without a usable key, -1102 without timestamp or signature, -1131 */
export const readCredentials = (apiKey: string | undefined, params: Params): Credentials => {
  if (apiKey === undefined || !keyFormat.test(apiKey)) throw refuse.keyFormat();
  const window = readWindow(params);
  return { apiKey, window, signature: params.required('signature') };
};

/** The right to trade spot ends by itself, where an end was set; the key goes on reading. */
export const mayTradeSpot = ({ permissions, expiresAtMs }: Account, nowMs: number): boolean =>
  permissions.trade && (expiresAtMs === undefined || nowMs < expiresAtMs);

const mayDo = (account: Account, security: SignedSecurity, nowMs: number): boolean => {
  const { permissions } = account;
  return {
    user_data: permissions.read,
    trade: mayTradeSpot(account, nowMs),
    futures_data: permissions.read && permissions.futures,
    futures_trade: permissions.futures,
  }[security];
};

type About = { readonly accounts: Accounts; readonly stats: Stats; readonly nowMs: number };

/** Where a request came from, as its key's rules see it. */
export type Origin = { readonly ip: string; readonly addressed: Environment | undefined };
export const originOf = (raw: RawRequest): Origin => ({ ip: raw.ip, addressed: environmentOf(raw) });

/** @throws {BinanceRefusal} -2015: unknown, deleted or of another environment */
export const knownAccount = (apiKey: string, { addressed }: Origin, { accounts }: Pick<About, 'accounts'>): Account => {
  const account = accounts.find(apiKey);
  if (account?.exchange !== 'binance' || account.revoked) throw refuse.keyRejected();
  if (addressed !== undefined && addressed !== account.environment) throw refuse.keyRejected();
  return account;
};

/** @throws {BinanceRefusal} -2015: a foreign address, or a right that the key does not have */
export const assertMay = (account: Account, { ip }: Origin, security: SignedSecurity, nowMs: number): void => {
  if (account.ipRestricted && !account.allowedIps.includes(ip)) throw refuse.keyRejected();
  if (!mayDo(account, security, nowMs)) throw refuse.keyRejected();
};

/**
 * Clock first, then the key, its signature and its rights: a key that is unknown, deleted, of another environment, called from a foreign
 * address or without the right all get the same answer.
 *
 * @param payload what was signed
 * @throws {BinanceRefusal} -1021, -1022, -2015
 */
export const authenticatePayload = (
  payload: string,
  origin: Origin,
  { apiKey, window, signature }: Credentials,
  security: SignedSecurity,
  about: About,
): Account => {
  checkWindow(window, about.nowMs);
  const account = knownAccount(apiKey, origin, about);
  if (!verifySignature(account.key, payload, signature)) {
    about.stats.count('signatureFailures');
    throw refuse.signature();
  }
  assertMay(account, origin, security, about.nowMs);
  return account;
};

/** The same for a REST request, which signs its query and body. */
export const authenticate = (raw: RawRequest, credentials: Credentials, security: SignedSecurity, about: About): Account =>
  authenticatePayload(signedPayload(raw.query, raw.body), originOf(raw), credentials, security, about);

/**
 * A request that only names its key: no signature, no time.
 *
 * @throws {BinanceRefusal} -2014, -2015
 */
export const authenticateKey = (raw: RawRequest, accounts: Accounts): Account => {
  const apiKey = apiKeyOf(raw);
  if (apiKey === undefined || !keyFormat.test(apiKey)) throw refuse.keyFormat();
  return knownAccount(apiKey, originOf(raw), { accounts });
};
