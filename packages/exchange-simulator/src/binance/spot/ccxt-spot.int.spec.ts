import ccxt, { type binance } from 'ccxt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformance, type ConformanceCall } from '../../testing/conformance.js';
import { redirectClient } from '../../testing/redirect-client.js';
import { follower, stage } from '../../testing/stage.js';

let venue: Awaited<ReturnType<typeof stage>>;
const clients: binance[] = [];

const open = async (): Promise<binance> => {
  await venue.control.reset();
  await venue.control.openAccount({
    apiKey: follower.apiKey,
    apiSecret: follower.secret,
    balances: { USDT: '100000', BTC: '1' },
  });
  const client = await redirectClient(new ccxt.binance({ ...follower, enableRateLimit: false }), venue.urls.binance);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  venue = await stage();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await venue.stop();
});

const symbol = 'BTC/USDT';
const named = { clientOrderId: 'sig-1' };
const buy = (client: binance) => client.createOrder(symbol, 'market', 'buy', 0.01, undefined, named);
const rest = (client: binance) => client.createOrder(symbol, 'limit', 'buy', 0.01, 59_000, named);
const noId = undefined as unknown as string;

const calls: readonly ConformanceCall<binance>[] = [
  { call: 'fetchTime', act: async (client) => ({ time: await client.fetchTime() }), answers: { time: expect.any(Number) } },
  { call: 'loadMarkets', act: (client) => client.loadMarkets(), answers: { 'BTC/USDT': { spot: true, active: true } } },
  {
    call: 'fetchMarkets',
    act: (client) => client.fetchMarkets(),
    answers: expect.arrayContaining([expect.objectContaining({ symbol })]),
  },
  { call: 'fetchCurrencies', act: (client) => client.fetchCurrencies(), answers: { USDT: { active: true } } },
  { call: 'fetchTicker', act: (client) => client.fetchTicker(symbol), answers: { last: 60_000 } },
  { call: 'fetchTickers', act: (client) => client.fetchTickers([symbol]), answers: { [symbol]: { last: 60_000 } } },
  { call: 'fetchBidsAsks', act: (client) => client.fetchBidsAsks([symbol]), answers: { [symbol]: { bid: 60_000 } } },
  { call: 'fetchLastPrices', act: (client) => client.fetchLastPrices([symbol]), answers: { [symbol]: { price: 60_000 } } },
  { call: 'fetchOrderBook', act: (client) => client.fetchOrderBook(symbol), answers: { asks: [[60_000, 1_000]] } },
  {
    call: 'fetchOHLCV',
    act: (client) => client.fetchOHLCV(symbol, '1m', undefined, 2),
    answers: [
      [expect.any(Number), 60_000, 60_000, 60_000, 60_000, 0],
      [expect.any(Number), 60_000, 60_000, 60_000, 60_000, 0],
    ],
  },
  {
    call: 'fetchTrades',
    act: async (client) => (await buy(client), client.fetchTrades(symbol)),
    answers: [{ amount: 0.01, price: 60_000, side: 'buy' }],
  },
  { call: 'fetchBalance', act: (client) => client.fetchBalance(), answers: { USDT: { free: 100_000 }, BTC: { free: 1 } } },
  { call: 'fetchTradingFee', act: (client) => client.fetchTradingFee(symbol), answers: { maker: 0.001, taker: 0.001 } },
  { call: 'createOrder, market', act: buy, answers: { status: 'closed', filled: 0.01, clientOrderId: 'sig-1' } },
  { call: 'createOrder, limit', act: rest, answers: { status: 'open', price: 59_000 } },
  {
    call: 'createOrder, post only',
    act: (client) => client.createOrder(symbol, 'limit', 'buy', 0.01, 59_000, { postOnly: true }),
    answers: { symbol, id: expect.any(String) },
  },
  {
    call: 'createOrder, immediate or cancel',
    act: (client) => client.createOrder(symbol, 'limit', 'buy', 0.01, 59_000, { timeInForce: 'IOC' }),
    answers: { status: 'expired', filled: 0 },
  },
  {
    call: 'createOrder, stop loss',
    act: (client) => client.createOrder(symbol, 'market', 'sell', 0.01, undefined, { stopLossPrice: 59_000 }),
    answers: { triggerPrice: 59_000 },
  },
  {
    call: 'createOrder, take profit limit',
    act: (client) => client.createOrder(symbol, 'limit', 'sell', 0.01, 61_500, { takeProfitPrice: 61_000 }),
    answers: { symbol, id: expect.any(String) },
  },
  {
    call: 'createOrder, test',
    act: (client) => client.createOrder(symbol, 'market', 'buy', 0.01, undefined, { test: true }),
    answers: { symbol },
  },
  {
    call: 'createMarketBuyOrderWithCost',
    act: (client) => client.createMarketBuyOrderWithCost(symbol, 100),
    answers: { status: 'closed', cost: 99.6 },
  },
  {
    call: 'createMarketSellOrderWithCost',
    act: (client) => client.createMarketSellOrderWithCost(symbol, 600),
    answers: { status: 'closed', filled: 0.01 },
  },
  {
    call: 'fetchOrder, by id',
    act: async (client) => client.fetchOrder(String((await buy(client)).id), symbol),
    answers: { status: 'closed' },
  },
  {
    call: 'fetchOrder, by client id',
    act: async (client) => (await buy(client), client.fetchOrder(noId, symbol, named)),
    answers: { status: 'closed', filled: 0.01 },
  },
  {
    call: 'fetchOpenOrders',
    act: async (client) => (await rest(client), client.fetchOpenOrders(symbol)),
    answers: [{ status: 'open' }],
  },
  {
    call: 'fetchOrders',
    act: async (client) => (await buy(client), client.fetchOrders(symbol)),
    answers: [{ status: 'closed' }],
  },
  {
    call: 'fetchClosedOrders',
    act: async (client) => (await buy(client), client.fetchClosedOrders(symbol)),
    answers: [{ filled: 0.01 }],
  },
  {
    call: 'fetchCanceledOrders',
    act: async (client) => {
      const { id } = await rest(client);
      await client.cancelOrder(String(id), symbol);
      return client.fetchCanceledOrders(symbol);
    },
    answers: [{ status: 'canceled' }],
  },
  {
    call: 'fetchMyTrades',
    act: async (client) => (await buy(client), client.fetchMyTrades(symbol)),
    answers: [{ takerOrMaker: 'taker' }],
  },
  {
    call: 'fetchOrderTrades',
    act: async (client) => client.fetchOrderTrades(String((await buy(client)).id), symbol),
    answers: [{ amount: 0.01 }],
  },
  {
    call: 'cancelOrder, by id',
    act: async (client) => client.cancelOrder(String((await rest(client)).id), symbol),
    answers: { status: 'canceled' },
  },
  {
    call: 'cancelOrder, by client id',
    act: async (client) => (await rest(client), client.cancelOrder(noId, symbol, named)),
    answers: { status: 'canceled' },
  },
  {
    call: 'cancelAllOrders',
    act: async (client) => (await rest(client), client.cancelAllOrders(symbol)),
    answers: [{ status: 'canceled' }],
  },
  {
    call: 'sapiGetAccountApiRestrictions',
    act: (client) => client['sapiGetAccountApiRestrictions'](),
    answers: { enableReading: true, enableWithdrawals: false },
  },
];

describe('ccxt, unmodified, on Binance spot', () => {
  conformance('ccxt 4.5.84 binance', open, calls);

  it('shows what fault partial-fill leaves: a market order expired with its fills, a limit open with the rest', async () => {
    const client = await open();
    await venue.control.fault({ kind: 'partial-fill', times: 2 });
    expect(await buy(client)).toMatchObject({ status: 'expired', filled: 0.005, remaining: 0.005 });
    expect(await client.createOrder(symbol, 'limit', 'buy', 0.01, 60_000)).toMatchObject({ status: 'open', filled: 0.005 });
    expect(await client.fetchBalance()).toMatchObject({ USDT: { free: 99_100, used: 300 } });
  });
});
