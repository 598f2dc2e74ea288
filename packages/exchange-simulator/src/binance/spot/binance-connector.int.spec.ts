import {
  BadRequestError,
  ConnectorClientError,
  ForbiddenError,
  NotFoundError,
  RateLimitBanError,
  ServerError,
  Spot,
  SpotRestAPI,
  TooManyRequestsError,
  UnauthorizedError,
} from '@binance/spot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformance, type ConformanceCall } from '../../testing/conformance.js';
import { follower, stage } from '../../testing/stage.js';

type Api = Spot['restAPI'];
let venue: Awaited<ReturnType<typeof stage>>;

const apiOf = (apiSecret: string = follower.secret): Api =>
  new Spot({ configurationRestAPI: { apiKey: follower.apiKey, apiSecret, basePath: venue.urls.binance, retries: 0 } }).restAPI;

const open = async (): Promise<Api> => {
  await venue.control.reset();
  await venue.control.openAccount({
    apiKey: follower.apiKey,
    apiSecret: follower.secret,
    balances: { USDT: '100000', BTC: '1' },
  });
  return apiOf();
};

beforeAll(async () => {
  venue = await stage();
});
afterAll(() => venue.stop());

const {
  NewOrderSideEnum: Side,
  NewOrderTypeEnum: Type,
  NewOrderTimeInForceEnum: Force,
  KlinesIntervalEnum: Interval,
} = SpotRestAPI;
const symbol = 'BTCUSDT';
const candle = expect.arrayContaining([expect.any(Number), '60000.00000000', '0.00000000']);
const market = { symbol, side: Side.BUY, type: Type.MARKET, quantity: 0.01, newClientOrderId: 'sig-1' };
const tested = {
  ...market,
  side: SpotRestAPI.OrderTestSideEnum.BUY,
  type: SpotRestAPI.OrderTestTypeEnum.MARKET,
};
const limit = { ...market, type: Type.LIMIT, timeInForce: Force.GTC, price: 59_000 };
const dataOf = async (answer: Promise<{ readonly data: () => Promise<unknown> }>): Promise<unknown> => (await answer).data();

const calls: readonly ConformanceCall<Api>[] = [
  { call: 'ping', act: (api) => dataOf(api.ping()), answers: {} },
  { call: 'time', act: (api) => dataOf(api.time()), answers: { serverTime: expect.any(Number) } },
  {
    call: 'exchangeInfo',
    act: (api) => dataOf(api.exchangeInfo({ symbol })),
    answers: { symbols: [{ symbol, baseAsset: 'BTC' }] },
  },
  { call: 'avgPrice', act: (api) => dataOf(api.avgPrice({ symbol })), answers: { price: '60000.00000000' } },
  {
    call: 'depth',
    act: (api) => dataOf(api.depth({ symbol, limit: 5 })),
    answers: { asks: [['60000.00000000', '1000.00000000']] },
  },
  {
    call: 'klines',
    act: (api) => dataOf(api.klines({ symbol, interval: Interval.INTERVAL_1m, limit: 2 })),
    answers: [candle, candle],
  },
  {
    call: 'uiKlines',
    act: (api) => dataOf(api.uiKlines({ symbol, interval: SpotRestAPI.UiKlinesIntervalEnum.INTERVAL_1h, limit: 1 })),
    answers: [candle],
  },
  { call: 'ticker', act: (api) => dataOf(api.ticker({ symbol })), answers: { symbol, lastPrice: '60000.00000000' } },
  { call: 'ticker24hr', act: (api) => dataOf(api.ticker24hr({ symbol })), answers: { symbol, bidPrice: '60000.00000000' } },
  {
    call: 'tickerBookTicker',
    act: (api) => dataOf(api.tickerBookTicker({ symbol })),
    answers: { symbol, askPrice: '60000.00000000' },
  },
  { call: 'tickerPrice', act: (api) => dataOf(api.tickerPrice({ symbol })), answers: { symbol, price: '60000.00000000' } },
  { call: 'tickerTradingDay', act: (api) => dataOf(api.tickerTradingDay({ symbol })), answers: { symbol } },
  {
    call: 'getTrades',
    act: async (api) => (await api.newOrder(market), dataOf(api.getTrades({ symbol }))),
    answers: [{ qty: '0.01000000' }],
  },
  {
    call: 'historicalTrades',
    act: async (api) => (await api.newOrder(market), dataOf(api.historicalTrades({ symbol }))),
    answers: [{ price: '60000.00000000' }],
  },
  {
    call: 'aggTrades',
    act: async (api) => (await api.newOrder(market), dataOf(api.aggTrades({ symbol }))),
    answers: [{ p: '60000.00000000', m: false }],
  },
  {
    call: 'newOrder, market',
    act: (api) => dataOf(api.newOrder(market)),
    answers: { status: 'FILLED', clientOrderId: 'sig-1', fills: [{ commissionAsset: 'BTC' }] },
  },
  { call: 'newOrder, limit', act: (api) => dataOf(api.newOrder(limit)), answers: { status: 'NEW', price: '59000.00000000' } },
  {
    call: 'newOrder, stop',
    act: (api) => dataOf(api.newOrder({ symbol, side: Side.SELL, type: Type.STOP_LOSS, quantity: 0.1, stopPrice: 59_000 })),
    answers: { symbol, orderId: expect.any(Number) },
  },
  { call: 'orderTest', act: (api) => dataOf(api.orderTest(tested)), answers: {} },
  {
    call: 'orderTest, with commissions',
    act: (api) => dataOf(api.orderTest({ ...tested, computeCommissionRates: true })),
    answers: { standardCommissionForOrder: { maker: '0.00100000' } },
  },
  {
    call: 'getOrder',
    act: async (api) => (await api.newOrder(market), dataOf(api.getOrder({ symbol, origClientOrderId: 'sig-1' }))),
    answers: { status: 'FILLED', isWorking: true },
  },
  {
    call: 'deleteOrder',
    act: async (api) => (await api.newOrder(limit), dataOf(api.deleteOrder({ symbol, origClientOrderId: 'sig-1' }))),
    answers: { status: 'CANCELED', origClientOrderId: 'sig-1' },
  },
  {
    call: 'deleteOpenOrders',
    act: async (api) => (await api.newOrder(limit), dataOf(api.deleteOpenOrders({ symbol }))),
    answers: [{ status: 'CANCELED' }],
  },
  {
    call: 'getOpenOrders',
    act: async (api) => (await api.newOrder(limit), dataOf(api.getOpenOrders({ symbol }))),
    answers: [{ status: 'NEW' }],
  },
  {
    call: 'allOrders',
    act: async (api) => (await api.newOrder(market), dataOf(api.allOrders({ symbol }))),
    answers: [{ status: 'FILLED' }],
  },
  {
    call: 'myTrades',
    act: async (api) => (await api.newOrder(market), dataOf(api.myTrades({ symbol }))),
    answers: [{ isBuyer: true, qty: '0.01000000' }],
  },
  {
    call: 'getAccount',
    act: (api) => dataOf(api.getAccount({ omitZeroBalances: true })),
    answers: { accountType: 'SPOT', balances: [{ asset: 'BTC' }, { asset: 'USDT', free: '100000.00000000' }] },
  },
  { call: 'rateLimitOrder', act: (api) => dataOf(api.rateLimitOrder()), answers: [{ rateLimitType: 'ORDERS' }, {}] },
  {
    call: 'accountCommission',
    act: (api) => dataOf(api.accountCommission({ symbol })),
    answers: { standardCommission: { taker: '0.00100000' } },
  },
];

describe('the SDK "@binance/spot", unmodified', () => {
  conformance('@binance/spot 32.0.4', open, calls);

  it('reads the rate-limit headers', async () => {
    const api = await open();
    expect((await api.getAccount()).rateLimits).toEqual([
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, count: 20 },
    ]);
    expect((await api.newOrder(limit)).rateLimits).toContainEqual({
      rateLimitType: 'ORDERS',
      interval: 'SECOND',
      intervalNum: 10,
      count: 1,
    });
  });

  it.each([
    [400, -1100, BadRequestError],
    [401, -2015, UnauthorizedError],
    [403, -1020, ForbiddenError],
    [404, -1121, NotFoundError],
    [408, -1007, ConnectorClientError],
    [418, -1003, RateLimitBanError],
    [429, -1003, TooManyRequestsError],
    [500, -1000, ServerError],
    [503, -1008, ServerError],
  ])('HTTP %i with %i is its %o', async (status, code, expected) => {
    const api = await open();
    await venue.control.fault({ kind: 'venue-error', params: { status, code, message: 'asked for' } });
    const thrown: unknown = await api.newOrder(market).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(expected);
    expect(await venue.control.book()).toEqual([]);
  });

  it.each([
    ['a wrong secret', () => apiOf('wrong').getAccount(), BadRequestError, /-1022|Signature/],
    ['too large an order', () => apiOf().newOrder({ ...market, quantity: 100 }), BadRequestError, /insufficient balance/],
    ['an unknown order', () => apiOf().getOrder({ symbol, orderId: 1 }), BadRequestError, /does not exist/],
  ])('%s: the words of the venue', async (_what, act, expected, words) => {
    await open();
    const thrown: unknown = await act().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(expected);
    expect(String(thrown)).toMatch(words);
  });
});
