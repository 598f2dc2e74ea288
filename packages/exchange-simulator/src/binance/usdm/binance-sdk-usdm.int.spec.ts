import { USDMClient } from 'binance';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { conformance, type ConformanceCall } from '../../testing/conformance.js';
import { follower, stage } from '../../testing/stage.js';

let venue: Awaited<ReturnType<typeof stage>>;

const open = async (): Promise<USDMClient> => {
  await venue.control.reset();
  await venue.control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
  return new USDMClient({
    api_key: follower.apiKey,
    api_secret: follower.secret,
    baseUrl: venue.urls.binance,
    disableTimeSync: true,
  });
};

beforeAll(async () => {
  venue = await stage();
});
afterAll(() => venue.stop());

const symbol = 'BTCUSDT';
// The SDK warns about ids without its broker's prefix, and sends them all the same.
const id = 'x-15PC4ZJysig-1';
const named = { symbol, origClientOrderId: id };
const market = { symbol, side: 'BUY', type: 'MARKET', quantity: 0.01, newOrderRespType: 'RESULT' } as const;
const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: 59_000 } as const;
const bought = (client: USDMClient) => client.submitNewOrder({ ...market, newClientOrderId: id });
const waiting = (client: USDMClient) => client.submitNewOrder({ ...limit, newClientOrderId: id });
const thrownBy = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    return { returned: await work };
  } catch (error) {
    return error;
  }
};

const calls: readonly ConformanceCall<USDMClient>[] = [
  { call: 'testConnectivity', act: (client) => client.testConnectivity(), answers: {} },
  {
    call: 'getExchangeInfo',
    act: (client) => client.getExchangeInfo(),
    answers: { symbols: [{ symbol, contractType: 'PERPETUAL', pricePrecision: 2 }, {}, {}] },
  },
  {
    call: 'getOrderBook',
    act: (client) => client.getOrderBook({ symbol, limit: 5 }),
    answers: { bids: [['60000.00', '1000.000']] },
  },
  { call: 'getMarkPrice', act: (client) => client.getMarkPrice({ symbol }), answers: { markPrice: '60000.00000000' } },
  { call: 'getMarkPrice, all', act: (client) => client.getMarkPrice(), answers: [{ symbol }, {}, {}] },
  {
    call: 'get24hrChangeStatistics',
    act: (client) => client.get24hrChangeStatistics({ symbol }),
    answers: { lastPrice: '60000.00' },
  },
  { call: 'getSymbolPriceTicker', act: (client) => client.getSymbolPriceTicker({ symbol }), answers: { price: '60000.00' } },
  { call: 'getSymbolPriceTickerV2', act: (client) => client.getSymbolPriceTickerV2({ symbol }), answers: { price: '60000.00' } },
  {
    call: 'getSymbolOrderBookTicker',
    act: (client) => client.getSymbolOrderBookTicker({ symbol }),
    answers: { bidPrice: '60000.00' },
  },
  { call: 'submitNewOrder, market', act: bought, answers: { status: 'FILLED', executedQty: '0.010', clientOrderId: id } },
  { call: 'submitNewOrder, limit', act: waiting, answers: { status: 'NEW', price: '59000.00' } },
  {
    call: 'submitNewOrder, reduce only',
    act: async (client) => (await bought(client), client.submitNewOrder({ ...market, side: 'SELL', reduceOnly: 'true' })),
    answers: { status: 'FILLED', reduceOnly: true },
  },
  {
    call: 'submitNewOrder, hedged',
    act: async (client) => (
      await client.setPositionMode({ dualSidePosition: 'true' }),
      client.submitNewOrder({ ...market, side: 'SELL', positionSide: 'SHORT' })
    ),
    answers: { status: 'FILLED', positionSide: 'SHORT' },
  },
  {
    call: 'submitNewOrder, conditional',
    act: (client) =>
      thrownBy(client.submitNewOrder({ symbol, side: 'SELL', type: 'STOP_MARKET', quantity: 0.01, stopPrice: 50_000 })),
    answers: { code: -4120 },
  },
  { call: 'testOrder', act: (client) => client.testOrder(market), answers: { status: 'NEW', cumQuote: '0.00000' } },
  {
    call: 'getOrder',
    act: async (client) => (await bought(client), client.getOrder(named)),
    answers: { status: 'FILLED', avgPrice: '60000.00000', cumQuote: '600.00000' },
  },
  { call: 'getOrder, unknown', act: (client) => thrownBy(client.getOrder(named)), answers: { code: -2013 } },
  {
    call: 'getCurrentOpenOrder',
    act: async (client) => (await waiting(client), client.getCurrentOpenOrder(named)),
    answers: { status: 'NEW', clientOrderId: id },
  },
  {
    call: 'getAllOpenOrders',
    act: async (client) => (await waiting(client), client.getAllOpenOrders({ symbol })),
    answers: [{ status: 'NEW' }],
  },
  {
    call: 'getAllOrders',
    act: async (client) => (await bought(client), client.getAllOrders({ symbol })),
    answers: [{ status: 'FILLED' }],
  },
  {
    call: 'getAccountTrades',
    act: async (client) => (await bought(client), client.getAccountTrades({ symbol })),
    answers: [{ price: '60000.00', qty: '0.010', commission: '0.30000000', commissionAsset: 'USDT', realizedPnl: '0.00000000' }],
  },
  {
    call: 'cancelOrder',
    act: async (client) => (await waiting(client), client.cancelOrder(named)),
    answers: { status: 'CANCELED' },
  },
  {
    call: 'cancelAllOpenOrders',
    act: async (client) => (await waiting(client), client.cancelAllOpenOrders({ symbol })),
    answers: { code: 200 },
  },
  {
    call: 'getPositionsV3',
    act: async (client) => (await bought(client), client.getPositionsV3({ symbol })),
    answers: [{ positionAmt: '0.010', entryPrice: '60000.00', positionSide: 'BOTH' }],
  },
  {
    call: 'getPositions',
    // oxlint-disable-next-line typescript/no-deprecated -- version 2 is played too, and old clients call it
    act: async (client) => (await bought(client), client.getPositions({ symbol })),
    answers: [{ positionAmt: '0.010', leverage: '20', marginType: 'cross' }],
  },
  { call: 'getBalanceV3', act: (client) => client.getBalanceV3(), answers: [{ asset: 'USDT', balance: '100000.00000000' }] },
  // oxlint-disable-next-line typescript/no-deprecated -- version 2 is played too, and old clients call it
  { call: 'getBalance', act: (client) => client.getBalance(), answers: [{ asset: 'USDT', availableBalance: '100000.00000000' }] },
  {
    call: 'getAccountInformationV3',
    act: async (client) => (await bought(client), client.getAccountInformationV3()),
    answers: { totalWalletBalance: '99999.70000000', positions: [{ symbol, positionAmt: '0.010' }] },
  },
  {
    call: 'getAccountInformation',
    // oxlint-disable-next-line typescript/no-deprecated -- version 2 is played too, and old clients call it
    act: (client) => client.getAccountInformation(),
    answers: { canTrade: true, positions: [{ symbol, leverage: '20' }, {}, {}] },
  },
  { call: 'setLeverage', act: (client) => client.setLeverage({ symbol, leverage: 7 }), answers: { leverage: 7 } },
  { call: 'setMarginType', act: (client) => client.setMarginType({ symbol, marginType: 'ISOLATED' }), answers: { code: 200 } },
  { call: 'setPositionMode', act: (client) => client.setPositionMode({ dualSidePosition: 'true' }), answers: { code: 200 } },
  { call: 'getCurrentPositionMode', act: (client) => client.getCurrentPositionMode(), answers: { dualSidePosition: false } },
  {
    call: 'getNotionalAndLeverageBrackets',
    act: (client) => client.getNotionalAndLeverageBrackets(),
    answers: expect.arrayContaining([expect.objectContaining({ symbol, notionalCoef: 1 })]),
  },
  {
    call: 'getFuturesSymbolConfig',
    act: (client) => client.getFuturesSymbolConfig({ symbol }),
    answers: [{ marginType: 'CROSSED', leverage: 20 }],
  },
  { call: 'getFuturesAccountConfig', act: (client) => client.getFuturesAccountConfig(), answers: { dualSidePosition: false } },
  {
    call: 'getAccountCommissionRate',
    act: (client) => client.getAccountCommissionRate({ symbol }),
    answers: { makerCommissionRate: '0.000200', takerCommissionRate: '0.000500' },
  },
];

describe('the SDK binance, unmodified', () => {
  conformance('binance 3.6.5 USDMClient', open, calls);
});
