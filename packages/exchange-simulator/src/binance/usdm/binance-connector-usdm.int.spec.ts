import {
  DerivativesTradingUsdsFutures,
  DerivativesTradingUsdsFuturesRestAPI as Rest,
  BadRequestError,
} from '@binance/derivatives-trading-usds-futures';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { conformance, type ConformanceCall } from '../../testing/conformance.js';
import { follower, stage } from '../../testing/stage.js';

type Api = DerivativesTradingUsdsFutures['restAPI'];
let venue: Awaited<ReturnType<typeof stage>>;

const open = async (): Promise<Api> => {
  await venue.control.reset();
  await venue.control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
  return new DerivativesTradingUsdsFutures({
    configurationRestAPI: { apiKey: follower.apiKey, apiSecret: follower.secret, basePath: venue.urls.binance, retries: 0 },
  }).restAPI;
};

beforeAll(async () => {
  venue = await stage();
});
afterAll(() => venue.stop());

const symbol = 'BTCUSDT';
const dataOf = async (answer: Promise<{ readonly data: () => Promise<unknown> }>): Promise<unknown> => (await answer).data();
const thrownBy = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    return { returned: await work };
  } catch (error) {
    return error;
  }
};
const market = {
  symbol,
  side: Rest.NewOrderSideEnum.BUY,
  type: Rest.NewOrderTypeEnum.MARKET,
  quantity: 0.01,
  newClientOrderId: 'sig-1',
  newOrderRespType: Rest.NewOrderNewOrderRespTypeEnum.RESULT,
};
const limit = { ...market, type: Rest.NewOrderTypeEnum.LIMIT, timeInForce: Rest.NewOrderTimeInForceEnum.GTC, price: 59_000 };
const named = { symbol, origClientOrderId: 'sig-1' };
const bought = (api: Api) => api.newOrder(market);
const waiting = (api: Api) => api.newOrder(limit);

const calls: readonly ConformanceCall<Api>[] = [
  { call: 'testConnectivity', act: (api) => dataOf(api.testConnectivity()), answers: {} },
  { call: 'checkServerTime', act: (api) => dataOf(api.checkServerTime()), answers: { serverTime: expect.any(Number) } },
  {
    call: 'exchangeInformation',
    act: (api) => dataOf(api.exchangeInformation()),
    answers: { symbols: [{ symbol, marginAsset: 'USDT' }, {}, {}] },
  },
  { call: 'orderBook', act: (api) => dataOf(api.orderBook({ symbol, limit: 5 })), answers: { asks: [['60000.00', '1000.000']] } },
  { call: 'markPrice', act: (api) => dataOf(api.markPrice({ symbol })), answers: { markPrice: '60000.00000000' } },
  // oxlint-disable-next-line typescript/no-deprecated -- version 1 is played too, and old clients call it
  { call: 'symbolPriceTicker', act: (api) => dataOf(api.symbolPriceTicker({ symbol })), answers: { price: '60000.00' } },
  { call: 'symbolPriceTickerV2', act: (api) => dataOf(api.symbolPriceTickerV2({ symbol })), answers: { price: '60000.00' } },
  {
    call: 'symbolOrderBookTicker',
    act: (api) => dataOf(api.symbolOrderBookTicker({ symbol })),
    answers: { askPrice: '60000.00' },
  },
  {
    call: 'ticker24hrPriceChangeStatistics',
    act: (api) => dataOf(api.ticker24hrPriceChangeStatistics({ symbol })),
    answers: { lastPrice: '60000.00' },
  },
  {
    call: 'newOrder, market',
    act: (api) => dataOf(bought(api)),
    answers: { status: 'FILLED', clientOrderId: 'sig-1', cumQty: '0.010', positionSide: 'BOTH' },
  },
  { call: 'newOrder, limit', act: (api) => dataOf(waiting(api)), answers: { status: 'NEW', price: '59000.00' } },
  {
    call: 'newOrder, twice',
    act: async (api) => (await waiting(api), thrownBy(waiting(api))),
    answers: expect.any(BadRequestError),
  },
  {
    call: 'testOrder',
    act: (api) =>
      dataOf(api.testOrder({ symbol, side: Rest.TestOrderSideEnum.BUY, type: Rest.TestOrderTypeEnum.MARKET, quantity: 0.01 })),
    answers: { status: 'NEW', origQty: '0.010' },
  },
  {
    call: 'queryOrder',
    act: async (api) => (await bought(api), dataOf(api.queryOrder(named))),
    answers: { status: 'FILLED', avgPrice: '60000.00000' },
  },
  {
    call: 'queryCurrentOpenOrder',
    act: async (api) => (await waiting(api), dataOf(api.queryCurrentOpenOrder(named))),
    answers: { status: 'NEW' },
  },
  {
    call: 'currentAllOpenOrders',
    act: async (api) => (await waiting(api), dataOf(api.currentAllOpenOrders({ symbol }))),
    answers: [{ clientOrderId: 'sig-1' }],
  },
  {
    call: 'allOrders',
    act: async (api) => (await bought(api), dataOf(api.allOrders({ symbol }))),
    answers: [{ status: 'FILLED' }],
  },
  {
    call: 'accountTradeList',
    act: async (api) => (await bought(api), dataOf(api.accountTradeList({ symbol }))),
    answers: [{ qty: '0.010', realizedPnl: '0.00000000', maker: false }],
  },
  {
    call: 'cancelOrder',
    act: async (api) => (await waiting(api), dataOf(api.cancelOrder(named))),
    answers: { status: 'CANCELED' },
  },
  {
    call: 'cancelAllOpenOrders',
    act: async (api) => (await waiting(api), dataOf(api.cancelAllOpenOrders({ symbol }))),
    answers: { code: 200 },
  },
  {
    call: 'positionInformationV3',
    act: async (api) => (await bought(api), dataOf(api.positionInformationV3({ symbol }))),
    answers: [{ positionAmt: '0.010', notional: '600.00000000', initialMargin: '30.00000000' }],
  },
  {
    call: 'positionInformationV2',
    act: async (api) => (await bought(api), dataOf(api.positionInformationV2({ symbol }))),
    answers: [{ positionAmt: '0.010', leverage: '20' }],
  },
  {
    call: 'accountInformationV3',
    act: async (api) => (await bought(api), dataOf(api.accountInformationV3())),
    answers: { availableBalance: '99969.70000000', assets: [{ asset: 'USDT', initialMargin: '30.00000000' }] },
  },
  { call: 'accountInformationV2', act: (api) => dataOf(api.accountInformationV2()), answers: { canTrade: true } },
  { call: 'futuresAccountBalanceV3', act: (api) => dataOf(api.futuresAccountBalanceV3()), answers: [{ asset: 'USDT' }] },
  { call: 'futuresAccountBalanceV2', act: (api) => dataOf(api.futuresAccountBalanceV2()), answers: [{ asset: 'USDT' }] },
  { call: 'futuresAccountConfiguration', act: (api) => dataOf(api.futuresAccountConfiguration()), answers: { canTrade: true } },
  { call: 'symbolConfiguration', act: (api) => dataOf(api.symbolConfiguration({ symbol })), answers: [{ leverage: 20 }] },
  {
    call: 'notionalAndLeverageBrackets',
    act: (api) => dataOf(api.notionalAndLeverageBrackets({ symbol })),
    answers: { symbol, brackets: expect.arrayContaining([expect.objectContaining({ bracket: 1, initialLeverage: 125 })]) },
  },
  { call: 'queryUserRateLimit', act: (api) => dataOf(api.queryUserRateLimit()), answers: [{ limit: 300 }, { limit: 1_200 }] },
  {
    call: 'userCommissionRate',
    act: (api) => dataOf(api.userCommissionRate({ symbol })),
    answers: { takerCommissionRate: '0.000500' },
  },
  { call: 'getCurrentPositionMode', act: (api) => dataOf(api.getCurrentPositionMode()), answers: { dualSidePosition: false } },
  {
    call: 'changePositionMode',
    act: (api) => dataOf(api.changePositionMode({ dualSidePosition: 'true' })),
    answers: { code: 200 },
  },
  {
    call: 'changeInitialLeverage',
    act: (api) => dataOf(api.changeInitialLeverage({ symbol, leverage: 7 })),
    answers: { leverage: 7 },
  },
  {
    call: 'changeMarginType',
    act: (api) => dataOf(api.changeMarginType({ symbol, marginType: Rest.ChangeMarginTypeMarginTypeEnum.ISOLATED })),
    answers: { code: 200 },
  },
];

describe('the official connector, unmodified', () => {
  conformance('@binance/derivatives-trading-usds-futures 38.1.1', open, calls);
});
