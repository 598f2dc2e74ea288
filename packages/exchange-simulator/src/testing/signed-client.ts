import { createHmac } from 'node:crypto';
import type { Fields } from './control-client.js';

export type VenueAnswer = { readonly status: number; readonly headers: Headers; readonly body: Fields };
export type Parameters = Readonly<Record<string, string | number>>;
export type Credentials = { readonly apiKey: string; readonly secret: string };

export const hmac = (secret: string, payload: string): string => createHmac('sha256', secret).update(payload).digest('hex');

const readBody = (text: string): Fields => {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    return { text };
  }
};

/** Sends exactly the bytes it is given. */
const send = async (
  url: string,
  method: string,
  {
    query = '',
    body,
    apiKey,
    headers = {},
  }: { query?: string; body?: string; apiKey?: string; headers?: Record<string, string> },
): Promise<VenueAnswer> => {
  const response = await fetch(query === '' ? url : `${url}?${query}`, {
    method,
    headers: {
      ...(apiKey === undefined ? {} : { 'x-mbx-apikey': apiKey }),
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, body: readBody(await response.text()) };
};

/** A client that signs as Binance documents it, written without ccxt, so that the two check each other. */
export const signedClient = (baseUrl: string, { apiKey, secret }: Credentials, now: () => number) => {
  const signed = (parameters: Parameters): string => {
    const payload = Object.entries({ timestamp: now(), ...parameters })
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
    return `${payload}&signature=${hmac(secret, payload)}`;
  };
  return {
    signed,
    get: (path: string, parameters: Parameters = {}) => send(`${baseUrl}${path}`, 'GET', { query: signed(parameters), apiKey }),
    delete: (path: string, parameters: Parameters = {}) =>
      send(`${baseUrl}${path}`, 'DELETE', { query: signed(parameters), apiKey }),
    post: (path: string, parameters: Parameters = {}) => send(`${baseUrl}${path}`, 'POST', { body: signed(parameters), apiKey }),
  };
};
