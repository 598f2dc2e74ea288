import { createBinance } from '../binance/binance-venue.js';
import { documentedLimits, type BinanceLimits } from '../binance/ip-limits.js';
import { accountDraft, orderView } from '../control/control-requests.js';
import { faultDraft } from '../control/fault-draft.js';
import { accountBody, faultBody } from '../control/schemas.js';
import { manualClock } from '../core/clock.js';
import type { RawReply } from '../core/raw-http.js';
import { createWorld } from '../core/world.js';
import { decimal } from '@latchkey/kernel';
import type { Fields } from './control-client.js';
import { hmac, type Parameters } from './signed-client.js';

export const startMs = 1_790_000_000_000;
export const follower = { apiKey: 'k'.repeat(64), secret: 'f'.repeat(64) };

/** An answer of the venue with its JSON read; `cut` when the connection was reset instead. */
export type Seen =
  | 'cut'
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Fields; readonly text: string };

const readJson = (text: string): Fields => {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    return {};
  }
};

const seen = (reply: RawReply): Seen => {
  if (reply.kind === 'cut') return 'cut';
  const { status, headers, body: text } = reply;
  return { status, headers, text, body: readJson(text) };
};

export type CallOptions = {
  readonly apiKey?: string;
  readonly secret?: string;
  readonly ip?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export const encoded = (parameters: Parameters): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');

/** Binance without sockets, on a clock that stands still: one account, calls by hand. */
export const venueInMemory = (options: { readonly seed?: number; readonly limits?: Partial<BinanceLimits> } = {}) => {
  const clock = manualClock(startMs);
  const world = createWorld(clock, options.seed ?? 1);
  const { venue, sockets } = createBinance(world, { ...documentedLimits, ...options.limits });

  const raw = async (
    method: string,
    path: string,
    {
      query = '',
      body = '',
      apiKey,
      ip = '127.0.0.1',
      headers = {},
    }: CallOptions & { readonly query?: string; readonly body?: string },
  ): Promise<Seen> =>
    seen(
      await venue({
        method,
        path,
        query,
        body,
        ip,
        headers: { ...(apiKey === undefined ? {} : { 'x-mbx-apikey': apiKey }), ...headers },
      }),
    );

  const signed = (method: string, path: string, parameters: Parameters = {}, about: CallOptions = {}): Promise<Seen> => {
    const { apiKey = follower.apiKey, secret = follower.secret } = about;
    const payload = encoded({ timestamp: clock.now(), ...parameters });
    const text = `${payload}&signature=${hmac(secret, payload)}`;
    return raw(method, path, { ...about, apiKey, ...(method === 'POST' ? { body: text } : { query: text }) });
  };

  const openAccount = (about: Readonly<Record<string, unknown>> = {}): void => {
    const body = accountBody.parse({ exchange: 'binance', apiKey: follower.apiKey, apiSecret: follower.secret, ...about });
    world.accounts.open(accountDraft(body, { uid: world.ids.nextUid(), createdAtMs: clock.now() }));
  };

  const balance = (asset: string, apiKey: string = follower.apiKey) =>
    new Map<string, unknown>(world.accounts.find(apiKey)?.wallets.spot.entries()).get(asset);

  openAccount();
  return {
    clock,
    world,
    sockets,
    raw,
    signed,
    openAccount,
    balance,
    setPrice: (symbol: string, price: string) => world.prices.set(symbol, decimal(price)),
    setMark: (symbol: string, price: string, mark: string) => world.prices.set(symbol, decimal(price), decimal(mark)),
    fault: (body: Readonly<Record<string, unknown>>) => world.faults.set(faultDraft(faultBody.parse(body))),
    order: (parameters: Parameters, about?: CallOptions) =>
      signed('POST', '/api/v3/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', ...parameters }, about),
    lookUp: (clientOrderId: string) => signed('GET', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId: clientOrderId }),
    book: () => world.book.all().map((order) => orderView(order) as Fields),
  };
};
