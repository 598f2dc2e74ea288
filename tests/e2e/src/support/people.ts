import { eventually } from '@latchkey/testkit';
import { mustBeDocumented } from './documented.js';
import { binanceSpot, keyPairOf, sizingOf, type Market } from './markets.js';
import type { Stack } from './stack.js';

export type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly text: string };
export type Order = {
  readonly receivedAt: string;
  readonly exchange: string;
  readonly market: string;
  readonly apiKey: string;
  readonly symbol: string;
  readonly side: string;
  readonly amount: string;
  readonly status: string;
  /** In base units. */
  readonly filled: string;
  readonly clientOrderId: string;
  readonly orderId: string;
};
export type Trade = {
  readonly id: string;
  readonly status: string;
  readonly side: string;
  readonly clientOrderId: string;
  readonly reason?: string;
};

/** A request with everything about its answer; never throws for a status. */
export const request = async (url: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // not JSON: the caller sees the text
  }
  return { status: response.status, body, text };
};

// The documents themselves are not described in the document.
const undescribed = /^\/(?:openapi\.json|docs)/;

/** A request to the gateway, whose answer must be as docs/openapi.json says. */
export const http = async (url: string, init: RequestInit = {}): Promise<Answer> => {
  const answer = await request(url, init);
  const { pathname } = new URL(url);
  if (!undescribed.test(pathname)) mustBeDocumented(init.method ?? 'GET', pathname, answer.status, answer.body);
  return answer;
};

const json = (method: string, value?: unknown, token?: string): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
  ...(value === undefined ? {} : { body: JSON.stringify(value) }),
});

export type User = {
  readonly id: string;
  readonly token: string;
  /** Where the user's key is good. */
  readonly market: Market;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly api: (method: string, path: string, body?: unknown) => Promise<Answer>;
};

/** A token from the CLI, as an operator makes one. */
export const tokenFor = async (stack: Stack, id: string, role = 'user'): Promise<string> => {
  const { code, stdout, stderr } = await stack.cli('token', '--user', id, '--role', role);
  if (code !== 0) throw new TypeError(`no token: ${stderr}`);
  return stdout.trim();
};

export const userOf = (stack: Stack, id: string, token: string, market: Market = binanceSpot): User => {
  const { gateway } = stack.description();
  return {
    id,
    token,
    market,
    ...keyPairOf(market),
    api: (method, path, body) => http(`${gateway.url}${path}`, json(method, body, token)),
  };
};

/** The simulator's control API. */
export const control = (stack: Stack, method: string, path: string, body?: unknown): Promise<Answer> =>
  request(`${stack.description().simulator.control}${path}`, json(method, body));

const must = (answer: Answer, what: string): Answer => {
  if (answer.status >= 300) throw new TypeError(`${what}: ${answer.status} ${answer.text}`);
  return answer;
};

/** A user with an account at the venue and a key that was saved. @param account what the venue's account has of its own */
export const newcomer = async (
  stack: Stack,
  id: string,
  token?: string,
  market?: Market,
  account: Readonly<Record<string, unknown>> = {},
): Promise<User> => {
  const user = userOf(stack, id, token ?? (await tokenFor(stack, id)), market);
  const { apiKey, apiSecret } = user;
  const { exchange } = user.market;
  must(await control(stack, 'POST', '/accounts', { ...account, exchange, apiKey, apiSecret }), 'account');
  must(await user.api('POST', `/api/user-api-keys/${exchange}`, { apiKey, apiSecret }), 'save');
  return user;
};

/** The same with a verified key. */
export const trader = async (...of: Parameters<typeof newcomer>): Promise<User> => {
  const user = await newcomer(...of);
  must(await user.api('POST', `/api/user-api-keys/${user.market.exchange}/verify`), 'verify');
  return user;
};

export type Strategy = { readonly id: string; readonly webhookUrl: string };

export const strategyOf = async (owner: User, name = 'Breakout'): Promise<Strategy> => {
  const { body } = must(await owner.api('POST', '/api/strategies', { name }), 'strategy');
  return body['strategy'] as Strategy;
};

export const follow = async (user: User, strategy: Strategy, sizing: unknown = sizingOf(user.market)): Promise<void> => {
  must(await user.api('PUT', `/api/strategies/${strategy.id}/follow`, { ...user.market, sizing }), 'follow');
};

let alerts = 0;
/** An alert that is like no other. */
export const newAlert = (fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  alerts += 1;
  return {
    ticker: 'BTCUSDT',
    action: 'buy',
    quantity: '0.001',
    price: '60000',
    orderId: `order-${alerts}`,
    idempotencyKey: `alert-${process.pid}-${alerts}`,
    ...fields,
  };
};

export const post = (stack: Stack, strategy: Strategy, alert: unknown, contentType = 'application/json'): Promise<Answer> =>
  http(`${stack.description().gateway.url}${new URL(strategy.webhookUrl).pathname}`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: typeof alert === 'string' ? alert : JSON.stringify(alert),
  });

/** The venue's own book. */
export const book = async (stack: Stack, apiKey?: string): Promise<readonly Order[]> =>
  (await control(stack, 'GET', apiKey ? `/orders?apiKey=${apiKey}` : '/orders')).body as unknown as readonly Order[];

const settled = new Set(['denied', 'expired', 'filled', 'rejected', 'canceled', 'unverifiable']);

/** Nothing more is done for it by itself. */
const hasEnded = ({ status }: Pick<Trade, 'status'>): boolean => settled.has(status);

/** Waits until a user's trade on a signal has ended. */
export const settledTrade = (user: User, signalId: string, timeoutMs = 60_000): Promise<Trade> =>
  eventually(
    async () => {
      const { body, status, text } = await user.api('GET', `/api/signals/${signalId}`);
      const [trade] = (body['personalTrades'] ?? []) as Trade[];
      if (!trade || !hasEnded(trade)) throw new TypeError(`not settled: ${trade?.status ?? `${status} ${text.slice(0, 300)}`}`);
      return trade;
    },
    { timeoutMs },
  );

/** Waits until a signal was fanned out and all of a user's trades on it have ended, which may be none. */
export const settledTrades = <Of extends Trade = Trade>(
  user: User,
  signalId: string,
  timeoutMs = 90_000,
): Promise<readonly Of[]> =>
  eventually(
    async () => {
      const { body, text } = await user.api('GET', `/api/signals/${signalId}`);
      const trades = (body['personalTrades'] ?? []) as Of[];
      if (body['fanOut'] !== 'done' || !trades.every(hasEnded)) throw new TypeError(`not settled: ${text.slice(0, 300)}`);
      return trades;
    },
    { timeoutMs },
  );

/** Waits until a signal was fanned out and all its trades have ended. @returns counts by status, as its owner sees them */
export const settledSignal = (
  owner: User,
  signalId: string,
  trades: number,
  timeoutMs = 120_000,
): Promise<Record<string, number>> =>
  eventually(
    async () => {
      const { body, text } = await owner.api('GET', `/api/signals/${signalId}`);
      const counts = (body['counts'] ?? {}) as Record<string, number>;
      const ended = Object.entries(counts).reduce((sum, [status, n]) => sum + (settled.has(status) ? n : 0), 0);
      if (body['fanOut'] !== 'done' || ended < trades) throw new TypeError(`not settled: ${text.slice(0, 400)}`);
      return counts;
    },
    { timeoutMs },
  );

/** Many traders at once, a few at a time; the tokens are made by one CLI call each, so this is the slow part of a spec. */
export const traders = async (
  stack: Stack,
  count: number,
  prefix: string,
  tokenOf: (id: string) => Promise<string>,
): Promise<readonly User[]> => {
  const ids = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  const users: User[] = [];
  for (let i = 0; i < ids.length; i += 10) {
    users.push(...(await Promise.all(ids.slice(i, i + 10).map(async (id) => trader(stack, id, await tokenOf(id))))));
  }
  return users;
};
