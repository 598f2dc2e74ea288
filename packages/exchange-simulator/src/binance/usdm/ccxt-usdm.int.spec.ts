import ccxt, { type binance, type binanceusdm } from 'ccxt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformance, type ConformanceCall } from '../../testing/conformance.js';
import { redirectClient } from '../../testing/redirect-client.js';
import { follower, stage } from '../../testing/stage.js';

type Client = binance | binanceusdm;
let venue: Awaited<ReturnType<typeof stage>>;
const clients: Client[] = [];

const opened = async (client: Client): Promise<Client> => {
  await venue.control.reset();
  await venue.control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
  clients.push(client);
  return redirectClient(client, venue.urls.binance);
};
const credentials = { ...follower, enableRateLimit: false };
const openUsdm = () => opened(new ccxt.binanceusdm(credentials));
const openLinear = () =>
  opened(
    new ccxt.binance({
      ...credentials,
      options: { defaultType: 'swap', fetchMarkets: { types: ['linear'] }, fetchMargins: false },
    }),
  );

beforeAll(async () => {
  venue = await stage();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await venue.stop();
});

const symbol = 'BTC/USDT:USDT';
const named = { clientOrderId: 'sig-1' };
const noId = undefined as unknown as string;
const buy = (client: Client) => client.createOrder(symbol, 'market', 'buy', 0.01, undefined, named);
const rest = (client: Client) => client.createOrder(symbol, 'limit', 'buy', 0.01, 59_000, named);
const close = { symbol, side: 'sell' as const };
const thrownBy = async (work: Promise<unknown>): Promise<object> => {
  try {
    return { returned: await work };
  } catch (error) {
    return error instanceof Error ? { thrown: error.constructor.name, message: error.message } : { thrown: 'not an error' };
  }
};
const refused = (thrown: string, code: number) => ({ thrown, message: expect.stringContaining(`"code":${code}`) });

const calls: readonly ConformanceCall<Client>[] = [
  { call: 'fetchTime', act: async (client) => ({ time: await client.fetchTime() }), answers: { time: expect.any(Number) } },
  {
    call: 'loadMarkets',
    act: (client) => client.loadMarkets(),
    answers: {
      [symbol]: {
        linear: true,
        active: true,
        settle: 'USDT',
        precision: { amount: 0.001, price: 0.1 },
        limits: { cost: { min: 50 }, amount: { min: 0.001 } },
      },
    },
  },
  {
    call: 'loadTimeDifference',
    act: async (client) => ({ ms: await client.loadTimeDifference() }),
    answers: { ms: expect.any(Number) },
  },
  { call: 'fetchTicker', act: (client) => client.fetchTicker(symbol), answers: { last: 60_000 } },
  { call: 'fetchTickers', act: (client) => client.fetchTickers([symbol]), answers: { [symbol]: { last: 60_000 } } },
  { call: 'fetchBidsAsks', act: (client) => client.fetchBidsAsks([symbol]), answers: { [symbol]: { bid: 60_000 } } },
  { call: 'fetchLastPrices', act: (client) => client.fetchLastPrices([symbol]), answers: { [symbol]: { price: 60_000 } } },
  { call: 'fetchOrderBook', act: (client) => client.fetchOrderBook(symbol, 5), answers: { bids: [[60_000, 1_000]] } },
  {
    call: 'fetchFundingRate',
    act: (client) => client.fetchFundingRate(symbol),
    answers: { markPrice: 60_000, fundingRate: 0.0001 },
  },
  { call: 'fetchBalance', act: (client) => client.fetchBalance(), answers: { USDT: { free: 100_000, total: 100_000 } } },
  {
    call: 'fetchBalance, with a position',
    act: async (client) => (await buy(client), client.fetchBalance()),
    answers: { USDT: { free: 99_969.7, used: 30, total: 99_999.7 } },
  },
  {
    call: 'createOrder, market',
    act: buy,
    answers: { status: 'closed', filled: 0.01, clientOrderId: 'sig-1', average: undefined, cost: undefined },
  },
  { call: 'createOrder, limit', act: rest, answers: { status: 'open', price: 59_000, timeInForce: 'GTC' } },
  {
    call: 'createOrder, IOC',
    act: (client) => client.createOrder(symbol, 'limit', 'buy', 0.01, 59_000, { timeInForce: 'IOC' }),
    answers: { status: 'expired', filled: 0 },
  },
  {
    call: 'createOrder, post only',
    act: (client) => client.createOrder(symbol, 'limit', 'buy', 0.01, 59_000, { postOnly: true }),
    answers: { status: 'open', postOnly: true },
  },
  {
    call: 'createOrder, reduce only',
    act: async (client) => (
      await buy(client),
      client.createOrder(symbol, 'market', 'sell', 0.01, undefined, { reduceOnly: true })
    ),
    answers: { status: 'closed', reduceOnly: true },
  },
  {
    call: 'createOrder, hedged, and closed',
    act: async (client) => {
      await client.setPositionMode(true);
      await client.createOrder(symbol, 'market', 'buy', 0.02, undefined, { hedged: true });
      return client.createOrder(symbol, 'market', 'sell', 0.01, undefined, { hedged: true, reduceOnly: true });
    },
    answers: { status: 'closed', filled: 0.01, info: { positionSide: 'LONG' } },
  },
  {
    call: 'fetchOrder by client id',
    act: async (client) => (await buy(client), client.fetchOrder(noId, symbol, named)),
    answers: { status: 'closed', filled: 0.01, average: 60_000, cost: 600 },
  },
  {
    call: 'fetchOrder by id',
    act: async (client) => client.fetchOrder((await buy(client)).id as string, symbol),
    answers: { clientOrderId: 'sig-1' },
  },
  {
    call: 'fetchOpenOrders',
    act: async (client) => (await rest(client), client.fetchOpenOrders(symbol)),
    answers: [{ clientOrderId: 'sig-1', status: 'open' }],
  },
  {
    call: 'fetchOrders',
    act: async (client) => (
      await rest(client),
      await client.createOrder(symbol, 'market', 'buy', 0.01),
      client.fetchOrders(symbol)
    ),
    answers: [{ status: 'open' }, { status: 'closed' }],
  },
  {
    call: 'fetchClosedOrders',
    act: async (client) => (await buy(client), client.fetchClosedOrders(symbol)),
    answers: [{ clientOrderId: 'sig-1' }],
  },
  {
    call: 'fetchMyTrades',
    act: async (client) => (await buy(client), client.fetchMyTrades(symbol)),
    answers: [{ price: 60_000, amount: 0.01, takerOrMaker: 'taker', fee: { cost: 0.3, currency: 'USDT' } }],
  },
  {
    call: 'cancelOrder by client id',
    act: async (client) => (await rest(client), client.cancelOrder(noId, symbol, named)),
    answers: { status: 'canceled', clientOrderId: 'sig-1' },
  },
  {
    call: 'cancelOrder by id',
    act: async (client) => client.cancelOrder((await rest(client)).id as string, symbol),
    answers: { status: 'canceled' },
  },
  {
    call: 'cancelAllOrders',
    act: async (client) => (await rest(client), await client.cancelAllOrders(symbol), client.fetchOpenOrders(symbol)),
    answers: [],
  },
  {
    call: 'fetchPositions',
    act: async (client) => (await buy(client), client.fetchPositions([symbol])),
    answers: [{ ...close, side: 'long', contracts: 0.01, entryPrice: 60_000, markPrice: 60_000, notional: 600 }],
  },
  {
    call: 'fetchPositions, hedged',
    act: async (client) => {
      await client.setPositionMode(true);
      await client.createOrder(symbol, 'market', 'sell', 0.02, undefined, { hedged: true });
      return (await client.fetchPositions([symbol])).filter(({ contracts }) => contracts !== 0);
    },
    answers: [{ side: 'short', contracts: 0.02, hedged: true }],
  },
  {
    call: 'fetchPositionsRisk, version 2',
    act: async (client) => (await buy(client), client.fetchPositionsRisk([symbol], { useV2: true })),
    answers: [{ side: 'long', contracts: 0.01, leverage: 20, marginMode: 'cross' }],
  },
  {
    call: 'fetchAccountPositions',
    act: async (client) => (await buy(client), client.fetchAccountPositions([symbol])),
    answers: [{ side: 'long', contracts: 0.01 }],
  },
  { call: 'setLeverage', act: (client) => client.setLeverage(7, symbol), answers: { leverage: 7, symbol: 'BTCUSDT' } },
  {
    call: 'fetchLeverage',
    act: async (client) => (await client.setLeverage(7, symbol), client.fetchLeverage(symbol)),
    answers: { longLeverage: 7, shortLeverage: 7, marginMode: 'cross' },
  },
  { call: 'setMarginMode', act: (client) => client.setMarginMode('isolated', symbol), answers: { code: 200, msg: 'success' } },
  {
    call: 'fetchMarginMode',
    act: async (client) => (await client.setMarginMode('isolated', symbol), client.fetchMarginMode(symbol)),
    answers: { marginMode: 'isolated' },
  },
  { call: 'setPositionMode', act: (client) => client.setPositionMode(true), answers: { code: 200 } },
  {
    call: 'fetchPositionMode',
    act: async (client) => {
      await client.loadMarkets();
      await client.setPositionMode(true);
      return client.fetchPositionMode(symbol);
    },
    answers: { hedged: true },
  },
  {
    call: 'fetchLeverageTiers',
    act: (client) => client.fetchLeverageTiers([symbol]),
    answers: { [symbol]: expect.arrayContaining([expect.objectContaining({ maxLeverage: 125, maxNotional: 300_000 })]) },
  },
  { call: 'fetchTradingFee', act: (client) => client.fetchTradingFee(symbol), answers: { maker: 0.0002, taker: 0.0005 } },
  {
    call: 'fapiPrivatePostOrderTest',
    act: (client) =>
      client.fapiPrivatePostOrderTest({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' }) as Promise<unknown>,
    answers: { status: 'NEW', origQty: '0.010' },
  },
  {
    call: 'fapiPrivateGetRateLimitOrder',
    act: (client) => client.fapiPrivateGetRateLimitOrder() as Promise<unknown>,
    answers: [{ interval: 'SECOND' }, { interval: 'MINUTE' }],
  },
  {
    call: 'sapiGetAccountApiRestrictions',
    act: (client) => client.sapiGetAccountApiRestrictions() as Promise<unknown>,
    answers: { enableFutures: true },
  },
  {
    call: 'createOrder, reduce only without a position',
    act: (client) => thrownBy(client.createOrder(symbol, 'market', 'sell', 0.01, undefined, { reduceOnly: true })),
    answers: refused('InvalidOrder', -2022),
  },
  {
    call: 'createOrder, without the margin',
    act: (client) => thrownBy(client.createOrder(symbol, 'market', 'buy', 900)),
    answers: refused('InsufficientFunds', -2019),
  },
  {
    call: 'createOrder, below the minimum',
    act: (client) => thrownBy(client.createOrder(symbol, 'limit', 'buy', 0.001, 49_000)),
    answers: refused('InvalidOrder', -4164),
  },
  {
    call: 'createOrder, with an id that is open',
    act: async (client) => (await rest(client), thrownBy(rest(client))),
    answers: refused('InvalidOrder', -4116),
  },
  {
    call: 'createOrder, post only that would take',
    act: (client) => thrownBy(client.createOrder(symbol, 'limit', 'buy', 0.01, 60_000, { postOnly: true })),
    answers: refused('OrderNotFillable', -5022),
  },
  {
    call: 'createOrder, hedged in one-way mode',
    act: (client) => thrownBy(client.createOrder(symbol, 'market', 'buy', 0.01, undefined, { hedged: true })),
    answers: refused('OperationRejected', -4061),
  },
  {
    call: 'setMarginMode, as it is',
    act: (client) => thrownBy(client.setMarginMode('cross', symbol)),
    answers: refused('MarginModeAlreadySet', -4046),
  },
  {
    call: 'setPositionMode, as it is',
    act: (client) => thrownBy(client.setPositionMode(false)),
    answers: refused('OperationRejected', -4059),
  },
  {
    call: 'fetchOrder, unknown',
    act: (client) => thrownBy(client.fetchOrder(noId, symbol, named)),
    answers: refused('OrderNotFound', -2013),
  },
  {
    call: 'cancelOrder, unknown',
    act: (client) => thrownBy(client.cancelOrder(noId, symbol, named)),
    answers: refused('OrderNotFound', -2011),
  },
];

describe('ccxt binanceusdm, unmodified', () => {
  conformance('ccxt 4.5.84 binanceusdm', openUsdm, calls);
});

describe('ccxt binance with linear markets, unmodified', () => {
  conformance('ccxt 4.5.84 binance (linear)', openLinear, calls);
});

describe('ccxt binance with all markets', () => {
  it('keeps spot and futures of the same pair apart', async () => {
    const client = await opened(new ccxt.binance(credentials));
    await client.loadMarkets();
    await client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 59_000, named);
    await client.createOrder(symbol, 'limit', 'buy', 0.01, 59_000, named);
    expect((await venue.control.book()).map(({ market, status }) => [market, status])).toEqual([
      ['spot', 'new'],
      ['linear', 'new'],
    ]);
    await client.cancelOrder(noId, symbol, named);
    expect(await client.fetchOpenOrders('BTC/USDT')).toHaveLength(1);
    expect(await client.fetchOpenOrders(symbol)).toHaveLength(0);
  });
});
