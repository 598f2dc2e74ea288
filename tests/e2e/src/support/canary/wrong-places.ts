import { gzipSync } from 'node:zlib';
import { mustBeDocumented } from '../documented.js';
import { newAlert, request, type Answer, type Strategy, type User } from '../people.js';

/** Who sends, and where. */
export type Sender = { readonly url: string; readonly user: User; readonly strategy: Strategy };
/** An answer, and what docs/openapi.json has against it. */
type Told = Pick<Answer, 'status'> & { readonly undocumented?: string };
type Send = (sender: Sender, secret: string) => Promise<Told>;

const http = async (url: string, init: RequestInit): Promise<Told> => {
  const { status, body } = await request(url, init);
  try {
    mustBeDocumented(init.method ?? 'GET', new URL(url).pathname, status, body);
    return { status };
  } catch (problem) {
    return { status, undocumented: String(problem) };
  }
};

const json = 'application/json';
const keys = '/api/user-api-keys/binance';

const to =
  (method: string, path: (secret: string) => string, init: (secret: string) => RequestInit = () => ({})): Send =>
  ({ url, user }, secret) => {
    const { headers, ...rest } = init(secret);
    return http(`${url}${path(secret)}`, {
      method,
      ...rest,
      headers: { authorization: `Bearer ${user.token}`, ...(headers as Record<string, string>) },
    });
  };
const body = (method: string, path: string, content: (secret: string) => string | Uint8Array, type = json): Send =>
  to(
    method,
    () => path,
    (secret) => ({ body: content(secret) as string, headers: { 'content-type': type } }),
  );
const fields = (method: string, path: string, content: (secret: string) => unknown): Send =>
  body(method, path, (secret) => JSON.stringify(content(secret)));
const header = (name: string, value: (secret: string) => string = (secret) => secret): Send =>
  to(
    'GET',
    () => `${keys}/status`,
    (secret) => ({ headers: { [name]: value(secret) } }),
  );
const path = (method: string, of: (secret: string) => string): Send => to(method, (secret) => of(encodeURIComponent(secret)));

const alert =
  (content: (secret: string) => unknown, type = json): Send =>
  ({ url, strategy }, secret) => {
    const sent = content(secret);
    return http(`${url}${new URL(strategy.webhookUrl).pathname}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof sent === 'string' ? sent : JSON.stringify(sent),
    });
  };

const apiKey = 'k'.repeat(64);

/**
 * Every place in which a client with a bug, or a person who pastes, may put a secret, except those whose purpose is to keep what a person
 * calls something: a strategy's name, the reason of a halt, the ids in an alert, the program that asks (`User-Agent`).
 */
export const wrongPlaces: readonly (readonly [name: string, send: Send])[] = [
  ['JSON that is cut off', body('POST', keys, (secret) => `{"apiKey": "${apiKey}", "apiSecret": "${secret}`)],
  ['JSON with a stray comma', body('POST', keys, (secret) => `{"apiKey": "${apiKey}", "apiSecret": "${secret}",}`)],
  ['JSON of a string', body('POST', keys, (secret) => JSON.stringify(secret))],
  ['JSON of a list', fields('POST', keys, (secret) => [secret])],
  [
    'a field given twice',
    body('POST', keys, (secret) => `{"apiKey": "x", "apiSecret": "${secret}", "apiSecret": ["${secret}"]}`),
  ],
  ['__proto__', body('POST', keys, (secret) => `{"__proto__": {"apiSecret": "${secret}"}, "constructor": "${secret}"}`)],
  ['text', body('POST', keys, (secret) => secret, 'text/plain')],
  ['a form', body('POST', keys, (secret) => `apiKey=${apiKey}&apiSecret=${secret}`, 'application/x-www-form-urlencoded')],
  ['a multipart form', body('POST', keys, (secret) => `--x\r\n\r\n${secret}\r\n--x--`, 'multipart/form-data; boundary=x')],
  ['XML', body('POST', keys, (secret) => `<apiSecret>${secret}</apiSecret>`, 'application/xml')],
  ['a body in gzip', body('POST', keys, (secret) => gzipSync(JSON.stringify({ apiKey, apiSecret: secret })))],
  ['a body that is too large', fields('POST', keys, (secret) => ({ apiKey, apiSecret: secret.repeat(300) }))],
  ['a body that nests too deep', body('POST', keys, (secret) => `${'['.repeat(40)}"${secret}"${']'.repeat(40)}`)],
  ['PUT', fields('PUT', keys, (secret) => ({ apiKey, apiSecret: secret }))],
  ['PATCH', fields('PATCH', keys, (secret) => ({ apiSecret: secret }))],
  [
    'a field that is unknown',
    fields('POST', keys, (secret) => ({ apiKey, apiSecret: 'x'.repeat(64), [secret]: secret, secret })),
  ],
  ['an object for a text', fields('POST', keys, (secret) => ({ apiKey, apiSecret: { value: secret } }))],
  ['a list for a text', fields('POST', keys, (secret) => ({ apiKey: [secret], apiSecret: [secret] }))],
  ['the secret twice over', fields('POST', keys, (secret) => ({ apiKey, apiSecret: `${secret}${secret}` }))],
  ['the secret as the sealed one', fields('POST', keys, (secret) => ({ apiKey, sealedSecret: secret }))],
  [
    'the secret as a JWE',
    fields('POST', keys, (secret) => ({ apiKey, sealedSecret: `${secret}.${secret}..${secret}.${secret}` })),
  ],
  ['both at once', fields('POST', keys, (secret) => ({ apiKey, apiSecret: secret, sealedSecret: secret.repeat(2) }))],
  ['a part of it as the API key', fields('POST', keys, (secret) => ({ apiKey: secret.slice(0, 40), apiSecret: secret }))],
  ['the pair in one field', fields('POST', keys, (secret) => ({ apiKey: `${apiKey}:${secret}`, apiSecret: secret }))],
  ['with a line break', fields('POST', keys, (secret) => ({ apiKey: `${secret}\n`, apiSecret: secret }))],
  ['a key to activate', fields('POST', `${keys}/activate`, (secret) => ({ apiKey: `${secret}\n` }))],
  ['a key to activate at Bybit', fields('POST', '/api/user-api-keys/bybit/activate', (secret) => ({ apiKey: `{"${secret}"}` }))],
  ['a key pair to be made', fields('POST', `${keys}/generate`, (secret) => ({ [secret]: secret }))],
  ['a halt', fields('POST', '/api/trading/halt', (secret) => ({ scope: secret, reason: 'x', [secret]: secret }))],
  [
    'the end of a halt',
    fields('POST', '/api/trading/resume', (secret) => ({ scope: 'strategy', strategyId: secret, reason: 'x' })),
  ],
  ['risk limits', fields('PUT', '/api/risk-limits', (secret) => ({ [secret]: secret, symbols: [`${secret}!`] }))],
  ['the environment', fields('POST', keys, (secret) => ({ apiKey, apiSecret: 'x'.repeat(64), environment: secret }))],
  ['the environment of a query', path('GET', (secret) => `${keys}/status?environment=${secret}`)],
  ['a query', path('POST', (secret) => `${keys}/verify?apiSecret=${secret}&environment=${secret}`)],
  ['the exchange', path('POST', (secret) => `/api/user-api-keys/${secret}`)],
  ['the exchange of a verification', path('POST', (secret) => `/api/user-api-keys/${secret}/verify`)],
  ['the exchange of a deletion', path('DELETE', (secret) => `/api/user-api-keys/${secret}`)],
  ['the trading mode', fields('POST', '/api/user-api-keys/trading-mode', (secret) => ({ mode: secret }))],
  ['an address that is unknown', path('GET', (secret) => `/api/nowhere/${secret}?secret=${secret}`)],
  // No document has a word for it: it is no address.
  ['an address that is broken', ({ url }, secret) => request(`${url}/api/user-api-keys/%zz${secret}`)],
  ['a strategy', path('GET', (secret) => `/api/strategies/${secret}`)],
  ['a signal', path('GET', (secret) => `/api/signals/${secret}`)],
  ['a trade', path('GET', (secret) => `/api/trades/${secret}`)],
  ["a page's size", path('GET', (secret) => `/api/trades?limit=${secret}`)],
  ['a cursor of trades', path('GET', (secret) => `/api/trades?cursor=${secret}`)],
  ['a cursor of strategies', path('GET', (secret) => `/api/strategies?cursor=${secret}`)],
  ['a cursor of the trail', path('GET', (secret) => `/api/audit?cursor=${secret}`)],
  ["a strategy's name that is refused", fields('POST', '/api/strategies', (secret) => ({ name: `\u0000${secret}` }))],
  [
    'sizing',
    fields('PUT', '/api/strategies/0198d3a0-0000-7000-8000-000000000001/follow', (secret) => ({
      exchange: secret,
      sizing: { mode: secret, value: secret },
      [secret]: 1,
    })),
  ],
  [
    'a bearer token',
    to(
      'GET',
      () => keys + '/status',
      (secret) => ({ headers: { authorization: `Bearer ${secret}` } }),
    ),
  ],
  [
    'basic authorization',
    to(
      'GET',
      () => keys + '/status',
      (secret) => ({ headers: { authorization: `Basic ${secret}` } }),
    ),
  ],
  ['a header of Binance', header('x-mbx-apikey')],
  ['a header of Bybit', header('x-bapi-sign')],
  ['a header of its own', header('x-api-secret')],
  ['a cookie', header('cookie', (secret) => `session=${secret}`)],
  ['the referrer', header('referer', (secret) => `https://example.com/?secret=${secret}`)],
  ['the origin', header('origin', (secret) => `https://${secret}.example`)],
  ['what is accepted', header('accept', (secret) => `text/${secret}`)],
  ['the language', header('accept-language')],
  ['a trace', header('traceparent', (secret) => `00-${secret}-01`)],
  ["a trace's state", header('tracestate', (secret) => `vendor=${secret}`)],
  ['baggage', header('baggage', (secret) => `secret=${secret}`)],
  ['the sender behind a proxy', header('x-forwarded-for')],
  ['the host behind a proxy', header('x-forwarded-host')],
  ["a request's id", header('x-request-id')],
  ['an idempotency key', header('idempotency-key')],
  ['an etag', header('if-none-match', (secret) => `"${secret}"`)],
  [
    'a content type',
    to(
      'POST',
      () => keys,
      (secret) => ({ body: JSON.stringify({ apiSecret: secret }), headers: { 'content-type': secret } }),
    ),
  ],
  ['the last event', header('last-event-id')],
  [
    "a webhook's token",
    ({ url }, secret) =>
      http(`${url}/api/webhooks/tradingview/${encodeURIComponent(secret)}`, { method: 'POST', body: JSON.stringify(newAlert()) }),
  ],
  [
    "a webhook's query",
    ({ url, strategy }, secret) =>
      http(`${url}${new URL(strategy.webhookUrl).pathname}?secret=${encodeURIComponent(secret)}`, {
        method: 'POST',
        body: JSON.stringify(newAlert()),
      }),
  ],
  ['an alert that is no JSON', alert((secret) => `long BTCUSDT ${secret}`, 'text/plain')],
  ['an alert that is cut off', alert((secret) => `{"ticker": "BTCUSDT", "secret": "${secret}`)],
  ["an alert's secret", alert((secret) => newAlert({ secret }))],
  ['a field of an alert that is unknown', alert((secret) => newAlert({ comment: secret, [secret]: secret }))],
  ["an alert's ticker and action", alert((secret) => ({ ticker: secret, action: secret }))],
  ["an alert's amounts", alert((secret) => newAlert({ quantity: secret, price: secret, limitPrice: secret }))],
  ["an alert's time", alert((secret) => newAlert({ time: secret }))],
  ["an alert's order type", alert((secret) => newAlert({ orderType: secret, quantityType: secret, sentiment: secret }))],
];
