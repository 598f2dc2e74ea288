import { MainClient } from 'binance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformance, type ConformanceCall } from '../../testing/conformance.js';
import { follower, stage } from '../../testing/stage.js';

let venue: Awaited<ReturnType<typeof stage>>;

const clientOf = (secret: string = follower.secret): MainClient =>
  new MainClient({ api_key: follower.apiKey, api_secret: secret, baseUrl: venue.urls.binance, disableTimeSync: true });

const open = async (): Promise<MainClient> => {
  await venue.control.reset();
  await venue.control.openAccount({
    apiKey: follower.apiKey,
    apiSecret: follower.secret,
    balances: { USDT: '100000', BTC: '1' },
  });
  return clientOf();
};

beforeAll(async () => {
  venue = await stage();
});
afterAll(() => venue.stop());

const symbol = 'BTCUSDT';
// The SDK warns about ids without its broker's prefix, and sends them all the same.
const id = 'x-U5D79M5Bsig-1';
const candle = expect.arrayContaining([expect.any(Number), '60000.00000000', '0.00000000']);
const market = { symbol, side: 'BUY', type: 'MARKET', quantity: 0.01 } as const;
const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: 59_000 } as const;
const bought = (client: MainClient) => client.submitNewOrder({ ...market, newClientOrderId: id });
const waiting = (client: MainClient) => client.submitNewOrder({ ...limit, newClientOrderId: id });

const calls: readonly ConformanceCall<MainClient>[] = [
  { call: 'testConnectivity', act: (client) => client.testConnectivity(), answers: {} },
  {
    call: 'getExchangeInfo',
    act: (client) => client.getExchangeInfo({ symbol }),
    answers: { timezone: 'UTC', symbols: [{ symbol, status: 'TRADING' }] },
  },
  {
    call: 'getOrderBook',
    act: (client) => client.getOrderBook({ symbol, limit: 5 }),
    answers: { bids: [['60000.00000000', '1000.00000000']] },
  },
  { call: 'getAvgPrice', act: (client) => client.getAvgPrice({ symbol }), answers: { mins: 5, price: '60000.00000000' } },
  {
    call: 'getSymbolPriceTicker',
    act: (client) => client.getSymbolPriceTicker({ symbol }),
    answers: { symbol, price: '60000.00000000' },
  },
  {
    call: 'getSymbolOrderBookTicker',
    act: (client) => client.getSymbolOrderBookTicker({ symbol }),
    answers: { symbol, bidPrice: '60000.00000000' },
  },
  {
    call: 'get24hrChangeStatistics',
    act: (client) => client.get24hrChangeStatistics({ symbol }),
    answers: { symbol, lastPrice: '60000.00000000' },
  },
  {
    call: 'getTradingDayTicker',
    act: (client) => client.getTradingDayTicker({ symbol }),
    answers: { symbol, lastPrice: '60000.00000000' },
  },
  {
    call: 'getRollingWindowTicker',
    act: (client) => client.getRollingWindowTicker({ symbol, windowSize: '1h' }),
    answers: { symbol, openPrice: '60000.00000000' },
  },
  {
    call: 'getKlines',
    act: (client) => client.getKlines({ symbol, interval: '1m', limit: 1 }),
    answers: [candle],
  },
  {
    call: 'getUIKlines',
    act: (client) => client.getUIKlines({ symbol, interval: '1d', limit: 1 }),
    answers: [candle],
  },
  {
    call: 'getRecentTrades',
    act: async (client) => (await bought(client), client.getRecentTrades({ symbol })),
    answers: [{ qty: '0.01000000', isBuyerMaker: false }],
  },
  {
    call: 'getHistoricalTrades',
    act: async (client) => (await bought(client), client.getHistoricalTrades({ symbol })),
    answers: [{ qty: '0.01000000' }],
  },
  {
    call: 'getAggregateTrades',
    act: async (client) => (await bought(client), client.getAggregateTrades({ symbol })),
    answers: [{ q: '0.01000000', p: '60000.00000000' }],
  },
  {
    call: 'submitNewOrder, market',
    act: bought,
    answers: { status: 'FILLED', clientOrderId: id, fills: [{ qty: '0.01000000' }] },
  },
  {
    call: 'submitNewOrder, by quote',
    act: (client) => client.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quoteOrderQty: 100 }),
    answers: { status: 'FILLED', origQuoteOrderQty: '100.00000000', cummulativeQuoteQty: '99.60000000' },
  },
  { call: 'submitNewOrder, limit', act: waiting, answers: { status: 'NEW', price: '59000.00000000' } },
  {
    call: 'submitNewOrder, stop',
    act: (client) =>
      client.submitNewOrder({
        symbol,
        side: 'SELL',
        type: 'STOP_LOSS',
        quantity: 0.1,
        stopPrice: 59_000,
        newOrderRespType: 'RESULT',
      }),
    answers: { status: 'NEW', stopPrice: '59000.00000000' },
  },
  { call: 'testNewOrder', act: (client) => client.testNewOrder(market), answers: {} },
  {
    call: 'getOrder',
    act: async (client) => (await bought(client), client.getOrder({ symbol, origClientOrderId: id })),
    answers: { status: 'FILLED', executedQty: '0.01000000' },
  },
  {
    call: 'cancelOrder',
    act: async (client) => (await waiting(client), client.cancelOrder({ symbol, origClientOrderId: id })),
    answers: { status: 'CANCELED', origClientOrderId: id },
  },
  {
    call: 'cancelAllSymbolOrders',
    act: async (client) => (await waiting(client), client.cancelAllSymbolOrders({ symbol })),
    answers: [{ status: 'CANCELED' }],
  },
  {
    call: 'getOpenOrders',
    act: async (client) => (await waiting(client), client.getOpenOrders({ symbol })),
    answers: [{ clientOrderId: id, status: 'NEW' }],
  },
  {
    call: 'getAllOrders',
    act: async (client) => (await bought(client), client.getAllOrders({ symbol })),
    answers: [{ clientOrderId: id, status: 'FILLED' }],
  },
  {
    call: 'getAccountTradeList',
    act: async (client) => (await bought(client), client.getAccountTradeList({ symbol })),
    answers: [{ price: '60000.00000000', isBuyer: true }],
  },
  {
    call: 'getAccountInformation',
    act: (client) => client.getAccountInformation({ omitZeroBalances: true }),
    answers: { canTrade: true, balances: [{ asset: 'BTC', free: '1.00000000' }, { asset: 'USDT' }] },
  },
  {
    call: 'getOrderRateLimit',
    act: (client) => client.getOrderRateLimit(),
    answers: [{ interval: 'SECOND', limit: 100 }, { interval: 'DAY' }],
  },
  {
    call: 'getCommissionRates',
    act: (client) => client.getCommissionRates({ symbol }),
    answers: { symbol, standardCommission: { maker: '0.00100000' } },
  },
  {
    call: 'getApiKeyPermissions',
    act: (client) => client.getApiKeyPermissions(),
    answers: { enableReading: true, enableWithdrawals: false, ipRestrict: true },
  },
  {
    call: 'getBalances',
    act: (client) => client.getBalances(),
    answers: [{ coin: 'USDT', free: '100000.00000000' }, {}, {}, {}],
  },
];

describe('the SDK "binance", unmodified', () => {
  conformance('binance 3.6.5 MainClient', open, calls);

  it('throws the code and the words of the venue', async () => {
    const client = await open();
    await expect(client.submitNewOrder({ ...market, quantity: 100 })).rejects.toMatchObject({
      code: -2010,
      message: 'Account has insufficient balance for requested action.',
    });
    await expect(clientOf('wrong').getAccountInformation()).rejects.toMatchObject({ code: -1022 });
  });
});
