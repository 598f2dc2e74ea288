import { bybit } from 'ccxt';
import { noPlaceholder, type Headers, type Wire, type WireRequest } from '../account-binding.js';
import { currentCall, type Answer, type Call } from '../call-context.js';
import { ExchangeError } from '../exchange-error.js';

/** Stands where the account's API key belongs in the string to sign: the vault knows the key and puts it there, we get it with the signature. */
export const apiKeyMark = '{apiKey}';

const accountLimit = 10006;

/** Both times are the venue's own, so our clock does not matter. Every private answer carries the header; it is a limit's with this code alone. */
const untilReset = (headers: Headers, code: number, time: number): number | undefined => {
  const waitMs = Number(headers['X-Bapi-Limit-Reset-Timestamp']) - time;
  return code === accountLimit && Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
};

/** After a bad signature the venue quotes the string that it computed, with the account's key: no event, log or span may hold it. */
const withoutKey = (words: string): string => words.replace(/origin_string\[.*\]/is, 'origin_string[…]');

type Envelope = { readonly retCode?: unknown; readonly retMsg?: unknown; readonly time?: unknown };

const answerOf = (http: number, headers: Headers, parsed: unknown): Answer => {
  const body: Envelope = typeof parsed === 'object' && parsed !== null ? parsed : {};
  const code = Number(body.retCode);
  const wait = untilReset(headers, code, Number(body.time));
  return {
    http,
    ...(body.retCode !== undefined && Number.isInteger(code) && { code }),
    ...(typeof body.retMsg === 'string' && { message: withoutKey(body.retMsg) }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
};

/** Bybit on the wire: key and signature travel in headers. */
export const bybitWire: Wire = {
  answerOf,
  sign: ({ headers, ...rest }: WireRequest, { placeholder }, { apiKey, signature }) => {
    if (headers['X-BAPI-SIGN'] !== placeholder) throw noPlaceholder();
    return { ...rest, headers: { ...headers, 'X-BAPI-API-KEY': apiKey, 'X-BAPI-SIGN': signature } };
  },
};

/** Flat, and in its one spelling: a venue's parser, the vault's and ours cannot disagree about such a body. */
const isPlainBody = (body: string): boolean => {
  const value: unknown = JSON.parse(body);
  return (
    JSON.stringify(value) === body &&
    Object.values(value as object).every(
      (one) => typeof one === 'string' || typeof one === 'boolean' || (typeof one === 'number' && Number.isInteger(one)),
    )
  );
};

/** @throws {ExchangeError} `exchange.no_placeholder`: what ccxt wants signed is not `<ms>{apiKey}<window><query or body>` of this very request */
const assertForm = ({ url, method, body, headers }: WireRequest, call: Call): void => {
  const content = method === 'GET' ? url.slice(url.indexOf('?') + 1) : (body ?? '');
  const expected = `${call.timestamp}${apiKeyMark}${headers['X-BAPI-RECV-WINDOW']}${content}`;
  const fits =
    call.payload === expected &&
    headers['X-BAPI-TIMESTAMP'] === String(call.timestamp) &&
    headers['X-BAPI-API-KEY'] === apiKeyMark &&
    (method === 'GET' || isPlainBody(content));
  if (!fits) {
    throw new ExchangeError(
      'exchange.no_placeholder',
      'the string to sign does not have the form that the vault signs for this exchange; nothing was signed or sent',
    );
  }
};

/** ccxt's own client, which looks at each string before anybody is asked to sign it. */
export class CheckedBybit extends bybit {
  override sign(...request: Parameters<bybit['sign']>): ReturnType<bybit['sign']> {
    const built = super.sign(...request);
    const call = currentCall();
    if (call?.payload !== undefined) assertForm(built as WireRequest, call);
    return built;
  }
}
