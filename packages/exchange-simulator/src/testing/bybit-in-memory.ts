import { decimal } from '@latchkey/kernel';
import { createBybit } from '../bybit/bybit-venue.js';
import { documentedBybitLimits, type BybitLimits } from '../bybit/limits.js';
import { accountDraft, orderView } from '../control/control-requests.js';
import { faultDraft } from '../control/fault-draft.js';
import { accountBody, faultBody } from '../control/schemas.js';
import { manualClock } from '../core/clock.js';
import type { RawReply } from '../core/raw-http.js';
import { createWorld } from '../core/world.js';
import type { Fields } from './control-client.js';
import { hmac } from './signed-client.js';

export const startMs = 1_790_000_000_000;
export const trader = { apiKey: 'abcdefghijklmnopqr', secret: 'Z'.repeat(36) };

/** Text is sent as it is. */
export type Params = Readonly<Record<string, unknown>> | string;

/** An answer with its envelope read. A plain answer of the gateway has no `retCode`. */
export type Told = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly retCode?: number;
  readonly retMsg?: string;
  readonly result: Fields;
};

const told = (reply: RawReply): Told | 'cut' => {
  if (reply.kind === 'cut') return 'cut';
  const { status, headers, body: text } = reply;
  return { result: {}, ...(text.startsWith('{') ? (JSON.parse(text) as Fields) : {}), status, headers, text };
};

/** The same where an answer is expected. */
const answered = (reply: Told | 'cut'): Told => {
  if (reply === 'cut') throw new TypeError('the connection was cut where an answer was expected');
  return reply;
};

export type About = {
  readonly apiKey?: string;
  readonly secret?: string;
  readonly ip?: string;
  /** Over those that are sent anyway; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly timestamp?: number;
  readonly recvWindow?: string;
};

const payloadOf = (method: string, params: Params): string => {
  if (typeof params === 'string') return params;
  if (method !== 'GET') return JSON.stringify(params);
  return Object.entries(params)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join('&');
};

/** Bybit without sockets, on a clock that stands still: one account, calls signed by hand. */
export const bybitInMemory = (options: { readonly seed?: number; readonly limits?: Partial<BybitLimits> } = {}) => {
  const clock = manualClock(startMs);
  const world = createWorld(clock, options.seed ?? 1);
  const { venue, sockets } = createBybit(world, { ...documentedBybitLimits, ...options.limits });

  const sent = async (method: string, path: string, params: Params, about: About = {}): Promise<Told | 'cut'> => {
    const { apiKey = trader.apiKey, secret = trader.secret, timestamp = clock.now(), recvWindow = '5000' } = about;
    const payload = payloadOf(method, params);
    const headers = {
      'x-bapi-api-key': apiKey,
      'x-bapi-timestamp': String(timestamp),
      'x-bapi-recv-window': recvWindow,
      'x-bapi-sign': hmac(secret, `${timestamp}${apiKey}${recvWindow}${payload}`),
      ...about.headers,
    };
    // As bytes on the wire, which the venue sees as latin1.
    const bytes = Buffer.from(payload).toString('latin1');
    const [query, body] = method === 'GET' ? [bytes, ''] : ['', bytes];
    return told(await venue({ method, path, query, body, ip: about.ip ?? '127.0.0.1', headers }));
  };
  const get = async (path: string, params: Params = {}, about?: About): Promise<Told> =>
    answered(await sent('GET', path, params, about));
  const post = async (path: string, params: Params = {}, about?: About): Promise<Told> =>
    answered(await sent('POST', path, params, about));

  const openAccount = (about: object = {}): void => {
    const body = accountBody.parse({ exchange: 'bybit', apiKey: trader.apiKey, apiSecret: trader.secret, ...about });
    world.accounts.open(accountDraft(body, { uid: world.ids.nextUid(), createdAtMs: clock.now() }));
  };
  const order = (params: object, about?: About): Promise<Told> =>
    post('/v5/order/create', { category: 'spot', symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', ...params }, about);
  const listOf = async (path: string, params: Params): Promise<readonly Fields[]> =>
    ((await get(path, params)).result['list'] ?? []) as readonly Fields[];

  openAccount({ balances: { USDT: '100000', BTC: '1' } });
  return {
    clock,
    world,
    venue,
    sockets,
    sent,
    get,
    post,
    openAccount,
    order,
    listOf,
    spot: (params: object) => order({ category: 'spot', marketUnit: 'baseCoin', qty: '0.01', ...params }),
    linear: (params: object) => order({ category: 'linear', qty: '0.01', ...params }),
    /** The newest state of an order, by its own id. */
    state: async (category: string, orderLinkId: string): Promise<Fields> =>
      (await listOf('/v5/order/realtime', { category, orderLinkId }))[0] ?? {},
    setPrice: (symbol: string, price: string, mark?: string) =>
      world.prices.set(symbol, decimal(price), mark === undefined ? undefined : decimal(mark)),
    fault: (body: object) => world.faults.set(faultDraft(faultBody.parse(body))),
    free: (market: 'spot' | 'linear', asset: string): string | undefined =>
      new Map<string, { readonly free: string }>(world.accounts.find(trader.apiKey)?.wallets[market].entries()).get(asset)?.free,
    book: () => world.book.all().map((entry) => orderView(entry) as Fields),
  };
};
