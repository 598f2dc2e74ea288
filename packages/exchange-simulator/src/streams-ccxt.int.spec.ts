import ccxt from 'ccxt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redirectClient } from './testing/redirect-client.js';
import { follower, stage } from './testing/stage.js';

let venue: Awaited<ReturnType<typeof stage>>;
const trader = { apiKey: 'abcdefghijklmnopqr', secret: 'Z'.repeat(36) };

type Pro = InstanceType<typeof ccxt.pro.binance>;
type Sockets = { urls: { api: { ws: Record<string, unknown> } }; loadHttpProxyAgent: () => Promise<unknown> };
const clients: { close: () => Promise<unknown> }[] = [];

/** ccxt.pro as published: requests are redirected in the transport, streams by their addresses, which no exception class depends on. */
const redirected = async <Client extends object>(
  client: Client,
  url: string,
  ws: (base: string) => Record<string, unknown>,
): Promise<Client> => {
  await redirectClient(client, url);
  const sockets = client as unknown as Sockets;
  await sockets.loadHttpProxyAgent(); // without it ccxt refuses ws:// addresses, proxy or not
  Object.assign(sockets.urls.api.ws, ws(url.replace(/^http/, 'ws')));
  clients.push(client as unknown as { close: () => Promise<unknown> });
  return client;
};
const settings = { enableRateLimit: false };
const spot = () =>
  redirected(
    new ccxt.pro.binance({
      ...follower,
      ...settings,
      options: { fetchMarkets: { types: ['spot'] }, fetchCurrencies: false, fetchMargins: false },
    }),
    venue.urls.binance,
    (base) => ({
      'ws-api': { spot: `${base}/ws-api/v3` },
    }),
  );
const usdm = () =>
  redirected(
    new ccxt.pro.binanceusdm({
      ...follower,
      ...settings,
      options: { watchPositions: { fetchPositionsSnapshot: false }, fetchCurrencies: false, fetchMargins: false },
    }),
    venue.urls.binance,
    (base) => ({ future: `${base}/ws` }),
  );
const bybit = () =>
  redirected(
    new ccxt.pro.bybit({
      ...trader,
      ...settings,
      options: { enableUnifiedMargin: false, enableUnifiedAccount: true, unifiedMarginStatus: 6 },
    }),
    venue.urls.bybit,
    (base) => ({
      private: {
        spot: { unified: `${base}/v5/private`, nonUnified: `${base}/v5/private` },
        contract: `${base}/v5/private`,
        usdc: `${base}/v5/private`,
        trade: `${base}/v5/trade`,
      },
    }),
  );

/** Waits until the venue says that somebody listens: what happens before is not told. */
const listened = async (): Promise<void> => {
  for (;;) {
    const { connections } = (await venue.control.call('GET', '/streams')).body as { connections: { apiKeys: string[] }[] };
    if (connections.some(({ apiKeys }) => apiKeys.length > 0)) return;
  }
};

beforeAll(async () => {
  venue = await stage();
});
afterAll(async () => {
  await venue.stop();
});
beforeEach(async () => {
  await venue.control.reset();
  await venue.control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
  await venue.control.openAccount({ exchange: 'bybit', apiKey: trader.apiKey, apiSecret: trader.secret });
});

type Watching = Pick<Pro, 'watchOrders' | 'watchMyTrades' | 'watchBalance' | 'createOrder' | 'close'>;

describe.each([
  ['binance spot', 'BTC/USDT', spot],
  ['binanceusdm', 'BTC/USDT:USDT', usdm],
  ['bybit, spot', 'BTC/USDT', bybit],
  ['bybit, linear', 'BTC/USDT:USDT', bybit],
] as const)('ccxt.pro on %s', (name, symbol, connect) => {
  it('watches orders, fills and balances of an order that it sends', async () => {
    const client = (await connect()) as unknown as Watching;
    // The first call subscribes; its answer is the first event.
    const orders = client.watchOrders(symbol);
    const trades = client.watchMyTrades(symbol);
    const balance = name === 'binanceusdm' ? undefined : client.watchBalance();
    await listened();
    const price = name.includes('linear') || name === 'binanceusdm' ? undefined : 60_000;
    const params = price === undefined ? {} : { clientOrderId: 'mine' };
    const sent = await client.createOrder(symbol, 'limit', 'buy', 0.01, 60_000, { clientOrderId: 'mine', ...params });
    expect(await orders).toMatchObject([{ id: sent.id, clientOrderId: 'mine', symbol }]);
    expect((await trades).at(-1)).toMatchObject({ order: sent.id, symbol, amount: 0.01, price: 60_000 });
    if (balance !== undefined) expect(await balance).toHaveProperty('USDT');
    await client.close();
  });
});
