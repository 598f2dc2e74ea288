import {
  DerivativesTradingUsdsFutures,
  DerivativesTradingUsdsFuturesRestAPI as Rest,
} from '@binance/derivatives-trading-usds-futures';
import { USDMClient } from 'binance';
import ccxt, { type binanceusdm } from 'ccxt';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { conformance, type ConformanceCall } from '../../../testing/conformance.js';
import { redirectClient } from '../../../testing/redirect-client.js';
import { follower, stage } from '../../../testing/stage.js';

let venue: Awaited<ReturnType<typeof stage>>;
const opened: binanceusdm[] = [];

const fresh = async (): Promise<void> => {
  await venue.control.reset();
  await venue.control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
};
beforeAll(async () => {
  venue = await stage();
});
afterAll(async () => {
  await Promise.all(opened.map((client) => client.close()));
  await venue.stop();
});

const openCcxt = async (): Promise<binanceusdm> => {
  await fresh();
  const options = { fetchCurrencies: false, fetchMargins: false };
  const client = await redirectClient(new ccxt.binanceusdm({ ...follower, enableRateLimit: false, options }), venue.urls.binance);
  opened.push(client);
  return client;
};
const pair = 'BTC/USDT:USDT';
const conditional = { trigger: true };
const named = { ...conditional, clientAlgoId: 'mine' };
const stop = (client: binanceusdm, params: object = {}) =>
  client.createOrder(pair, 'market', 'sell', 0.01, undefined, { stopLossPrice: 58_000, clientOrderId: 'mine', ...params });

const ccxtCalls: readonly ConformanceCall<binanceusdm>[] = [
  {
    call: 'createOrder market, stopLossPrice',
    act: (client) => stop(client),
    answers: { clientOrderId: 'mine', status: 'open', triggerPrice: 58_000 },
  },
  {
    call: 'createOrder limit, takeProfitPrice',
    act: (client) => client.createOrder(pair, 'limit', 'sell', 0.01, 62_000, { takeProfitPrice: 61_000 }),
    answers: { status: 'open', price: 62_000, triggerPrice: 61_000 },
  },
  {
    call: 'createOrder limit, triggerPrice',
    act: (client) => client.createOrder(pair, 'limit', 'buy', 0.01, 62_000, { triggerPrice: 61_000 }),
    answers: { status: 'open', triggerPrice: 61_000 },
  },
  { call: 'createOrder reduceOnly', act: (client) => stop(client, { reduceOnly: true }), answers: { reduceOnly: true } },
  {
    call: 'createOrder closePosition',
    act: (client) => stop(client, { closePosition: true }),
    answers: { info: { closePosition: true, quantity: '0.000' } },
  },
  {
    call: 'fetchOrder by client id',
    act: async (client) => {
      await stop(client);
      return client.fetchOrder(undefined as unknown as string, pair, named);
    },
    answers: { clientOrderId: 'mine', status: 'open' },
  },
  {
    call: 'fetchOrder after the trigger',
    act: async (client) => {
      await stop(client);
      await venue.control.setPrice('BTCUSDT', '58000');
      return client.fetchOrder(undefined as unknown as string, pair, named);
    },
    answers: { status: 'closed', info: { algoStatus: 'FINISHED' } },
  },
  {
    call: 'fetchOpenOrders',
    act: async (client) => {
      await stop(client);
      return [await client.fetchOpenOrders(pair, undefined, undefined, conditional), await client.fetchOpenOrders(pair)];
    },
    answers: [[{ clientOrderId: 'mine' }], []],
  },
  {
    call: 'cancelOrder',
    act: async (client) => {
      const { id } = await stop(client);
      await client.cancelOrder(id ?? '', pair, conditional);
      return client.fetchOrder(undefined as unknown as string, pair, named);
    },
    answers: { status: 'canceled' },
  },
  {
    call: 'cancelAllOrders',
    act: async (client) => {
      await stop(client);
      await client.cancelAllOrders(pair);
      const kept = await client.fetchOpenOrders(pair, undefined, undefined, conditional);
      await client.cancelAllOrders(pair, conditional);
      return [kept, await client.fetchOpenOrders(pair, undefined, undefined, conditional)];
    },
    answers: [[{}], []],
  },
];

const openSdk = async (): Promise<USDMClient> => {
  await fresh();
  return new USDMClient({
    api_key: follower.apiKey,
    api_secret: follower.secret,
    baseUrl: venue.urls.binance,
    disableTimeSync: true,
  });
};
// The SDK warns about ids without its broker's prefix.
const prefixed = 'x-15PC4ZJymine';
const algo = {
  algoType: 'CONDITIONAL',
  symbol: 'BTCUSDT',
  side: 'SELL',
  type: 'STOP_MARKET',
  quantity: '0.01',
  triggerPrice: '58000',
  clientAlgoId: prefixed,
} as const;
const placed = (client: USDMClient) => client.submitNewAlgoOrder(algo);

const sdkCalls: readonly ConformanceCall<USDMClient>[] = [
  { call: 'submitNewAlgoOrder', act: placed, answers: { clientAlgoId: prefixed, algoStatus: 'NEW' } },
  {
    call: 'getAlgoOrder',
    act: async (client) => (await placed(client), client.getAlgoOrder({ clientAlgoId: prefixed })),
    answers: { actualOrderId: '' },
  },
  {
    call: 'getOpenAlgoOrders',
    act: async (client) => (await placed(client), client.getOpenAlgoOrders({ symbol: 'BTCUSDT' })),
    answers: [{ algoStatus: 'NEW' }],
  },
  {
    call: 'getAllAlgoOrders',
    act: async (client) => (await placed(client), client.getAllAlgoOrders({ symbol: 'BTCUSDT' })),
    answers: [{ algoStatus: 'NEW' }],
  },
  {
    call: 'cancelAlgoOrder',
    act: async (client) => (await placed(client), client.cancelAlgoOrder({ clientAlgoId: prefixed })),
    answers: { code: '200', msg: 'success' },
  },
  {
    call: 'cancelAllAlgoOpenOrders',
    act: (client) => client.cancelAllAlgoOpenOrders({ symbol: 'BTCUSDT' }),
    answers: { code: 200 },
  },
];

type Api = DerivativesTradingUsdsFutures['restAPI'];
const openConnector = async (): Promise<Api> => {
  await fresh();
  return new DerivativesTradingUsdsFutures({
    configurationRestAPI: { apiKey: follower.apiKey, apiSecret: follower.secret, basePath: venue.urls.binance, retries: 0 },
  }).restAPI;
};
const dataOf = async (answer: Promise<{ readonly data: () => Promise<unknown> }>): Promise<unknown> => (await answer).data();
const order = {
  algoType: Rest.NewAlgoOrderAlgoTypeEnum.CONDITIONAL,
  symbol: 'BTCUSDT',
  side: Rest.NewAlgoOrderSideEnum.SELL,
  type: Rest.NewAlgoOrderTypeEnum.STOP_MARKET,
  quantity: 0.01,
  triggerPrice: 58_000,
  clientAlgoId: 'mine',
};
const waiting = (api: Api) => api.newAlgoOrder(order);

const connectorCalls: readonly ConformanceCall<Api>[] = [
  { call: 'newAlgoOrder', act: (api) => dataOf(waiting(api)), answers: { clientAlgoId: 'mine', algoStatus: 'NEW' } },
  {
    call: 'queryAlgoOrder',
    act: async (api) => (await waiting(api), dataOf(api.queryAlgoOrder({ clientAlgoId: 'mine' }))),
    answers: { actualQty: '' },
  },
  {
    call: 'currentAllAlgoOpenOrders',
    act: async (api) => (await waiting(api), dataOf(api.currentAllAlgoOpenOrders({ symbol: 'BTCUSDT' }))),
    answers: [{}],
  },
  {
    call: 'queryAllAlgoOrders',
    act: async (api) => (await waiting(api), dataOf(api.queryAllAlgoOrders({ symbol: 'BTCUSDT' }))),
    answers: [{}],
  },
  {
    call: 'cancelAlgoOrder',
    act: async (api) => (await waiting(api), dataOf(api.cancelAlgoOrder({ clientAlgoId: 'mine' }))),
    answers: { code: '200' },
  },
  {
    call: 'cancelAllAlgoOpenOrders',
    act: (api) => dataOf(api.cancelAllAlgoOpenOrders({ symbol: 'BTCUSDT' })),
    answers: { code: 200 },
  },
  {
    call: 'startUserDataStream',
    act: (api) => dataOf(api.startUserDataStream()),
    answers: { listenKey: expect.stringMatching(/^[A-Za-z0-9]{64}$/) },
  },
];

describe('conditional orders of USDM, by clients as published', () => {
  conformance('ccxt binanceusdm, conditional', openCcxt, ccxtCalls);
  conformance('binance USDMClient, conditional', openSdk, sdkCalls);
  conformance('@binance/derivatives-trading-usds-futures, conditional', openConnector, connectorCalls);
});
