import type { Account, Accounts } from '../core/accounts.js';
import type { RawRequest } from '../core/http-edge.js';
import type { Environment } from '../core/names.js';
import type { Stats } from '../core/stats.js';
import type { Security } from './endpoint.js';
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

/** @throws {BinanceRefusal} -2014 without a usable key, -1102 without timestamp or signature, -1131 */
export const readCredentials = (raw: RawRequest, params: Params): Credentials => {
  const apiKey = apiKeyOf(raw);
  if (apiKey === undefined || !keyFormat.test(apiKey)) throw refuse.keyFormat();
  const timestamp = Number(params.required('timestamp', legal.integer));
  const recvWindow = params.text('recvWindow', legal.recvWindow);
  const signature = params.required('signature');
  return { apiKey, signature, window: timeWindow(timestamp, recvWindow === undefined ? undefined : Number(recvWindow)) };
};

/** The right to trade spot ends by itself, where an end was set; the key goes on reading. */
export const mayTradeSpot = ({ permissions, expiresAtMs }: Account, nowMs: number): boolean =>
  permissions.trade && (expiresAtMs === undefined || nowMs < expiresAtMs);

const mayDo = (account: Account, security: Exclude<Security, 'none'>, nowMs: number): boolean => {
  const { permissions } = account;
  return {
    user_data: permissions.read,
    trade: mayTradeSpot(account, nowMs),
    futures_data: permissions.read && permissions.futures,
    futures_trade: permissions.futures,
  }[security];
};

/**
 * Clock first, then the key, its signature and its rights: a key that is unknown, deleted, of another environment, called from a foreign
 * address or without the right all get the same answer.
 *
 * @throws {BinanceRefusal} -1021, -1022, -2015
 */
export const authenticate = (
  raw: RawRequest,
  { apiKey, window, signature }: Credentials,
  security: Exclude<Security, 'none'>,
  { accounts, stats, nowMs }: { readonly accounts: Accounts; readonly stats: Stats; readonly nowMs: number },
): Account => {
  checkWindow(window, nowMs);
  const account = accounts.find(apiKey);
  const addressed = environmentOf(raw);
  if (account?.exchange !== 'binance' || account.revoked) throw refuse.keyRejected();
  if (addressed !== undefined && addressed !== account.environment) throw refuse.keyRejected();
  if (!verifySignature(account.key, signedPayload(raw.query, raw.body), signature)) {
    stats.count('signatureFailures');
    throw refuse.signature();
  }
  if (account.ipRestricted && !account.allowedIps.includes(raw.ip)) throw refuse.keyRejected();
  if (!mayDo(account, security, nowMs)) throw refuse.keyRejected();
  return account;
};
