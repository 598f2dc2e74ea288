import { RestClientV5 } from 'bybit-api';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { conformance, type ConformanceCall } from '../testing/conformance.js';
import { controlClient } from '../testing/control-client.js';
import { startSimulator, type Simulator } from '../start-simulator.js';

let simulator: Simulator;
const key = 'abcdefghijklmnopqr';
const secret = 'Z'.repeat(36);

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

/** bybit-api as published; only its base URL is set. Each call meets a fresh venue. */
const open = async (): Promise<RestClientV5> => {
  const control = controlClient(simulator.urls.control);
  await control.reset();
  const account = { exchange: 'bybit', apiKey: key, apiSecret: secret, balances: { USDT: '100000', BTC: '1' } };
  expect(await control.openAccount(account)).toMatchObject({ status: 201 });
  return new RestClientV5({ key, secret, baseUrl: simulator.urls.bybit });
};

type Call = ConformanceCall<RestClientV5>;
const spot = { category: 'spot', symbol: 'BTCUSDT' } as const;
const linear = { category: 'linear', symbol: 'BTCUSDT' } as const;
const buy = { side: 'Buy', orderType: 'Market', qty: '0.01' } as const;
const low = { side: 'Buy', orderType: 'Limit', qty: '0.01', price: '59000' } as const;
const ok = (result: object) => ({ retCode: 0, retMsg: expect.any(String), result, retExtInfo: {}, time: expect.any(Number) });
const list = (...rows: readonly object[]) => ok({ list: rows });
const refused = (retCode: number) => ({ retCode, result: {} });

const publicCalls: readonly Call[] = [
  { call: 'getServerTime()', act: (client) => client.getServerTime(), answers: ok({ timeSecond: expect.any(String) }) },
  {
    call: 'getInstrumentsInfo(spot)',
    act: (client) => client.getInstrumentsInfo(spot),
    answers: list({ symbol: 'BTCUSDT', lotSizeFilter: { basePrecision: '0.000001' } }),
  },
  {
    call: 'getInstrumentsInfo(linear)',
    act: (client) => client.getInstrumentsInfo({ category: 'linear' }),
    answers: list({ symbol: 'BTCUSDT' }, { symbol: 'ETHUSDT' }, { symbol: 'SOLUSDT' }),
  },
  { call: 'getTickers(spot)', act: (client) => client.getTickers(spot), answers: list({ lastPrice: '60000' }) },
  { call: 'getTickers(linear)', act: (client) => client.getTickers(linear), answers: list({ markPrice: '60000' }) },
  { call: 'getOrderbook', act: (client) => client.getOrderbook(spot), answers: ok({ s: 'BTCUSDT', b: [['60000', '1000']] }) },
  { call: 'getPublicTradingHistory', act: (client) => client.getPublicTradingHistory(spot), answers: list() },
  { call: 'getRiskLimit', act: (client) => client.getRiskLimit(linear), answers: list({ maxLeverage: '100.00' }) },
];

const accountCalls: readonly Call[] = [
  {
    call: 'getQueryApiKey',
    act: (client) => client.getQueryApiKey(),
    answers: ok({ apiKey: key, readOnly: 0, uta: 1, permissions: { Spot: ['SpotTrade'] } }),
  },
  { call: 'getAccountInfo', act: (client) => client.getAccountInfo(), answers: ok({ unifiedMarginStatus: 6 }) },
  {
    call: 'getWalletBalance',
    act: (client) => client.getWalletBalance({ accountType: 'UNIFIED', coin: 'USDT' }),
    answers: list({ totalEquity: '100000', coin: [{ coin: 'USDT', walletBalance: '100000' }] }),
  },
  {
    call: 'getFeeRate',
    act: (client) => client.getFeeRate(linear),
    answers: list({ symbol: 'BTCUSDT', takerFeeRate: '0.00055', makerFeeRate: '0.0002' }),
  },
  { call: 'getCoinInfo', act: (client) => client.getCoinInfo('BTC'), answers: ok({ rows: [{ coin: 'BTC' }] }) },
  { call: 'setMarginMode', act: (client) => client.setMarginMode('ISOLATED_MARGIN'), answers: ok({ reasons: [] }) },
];

const orderCalls: readonly Call[] = [
  {
    call: 'submitOrder(spot, market)',
    act: (client) => client.submitOrder({ ...spot, ...buy, marketUnit: 'baseCoin', orderLinkId: 'mine' }),
    answers: ok({ orderLinkId: 'mine', orderId: expect.any(String) }),
  },
  {
    call: 'submitOrder(linear, limit)',
    act: (client) => client.submitOrder({ ...linear, ...low, timeInForce: 'PostOnly', positionIdx: 0 }),
    answers: ok({ orderLinkId: '' }),
  },
  {
    call: 'submitOrder(linear, trigger)',
    act: (client) => client.submitOrder({ ...linear, ...buy, triggerPrice: '61000', triggerDirection: 1 }),
    answers: ok({ orderId: expect.any(String) }),
  },
  {
    call: 'submitOrder, twice with one id',
    act: async (client) => {
      await client.submitOrder({ ...linear, ...buy, orderLinkId: 'mine' });
      return client.submitOrder({ ...linear, ...buy, orderLinkId: 'mine' });
    },
    answers: refused(110072),
  },
  { call: 'amendOrder', act: (client) => client.amendOrder({ ...spot, orderLinkId: 'mine', qty: '1' }), answers: refused(10001) },
  {
    call: 'cancelOrder',
    act: async (client) => {
      await client.submitOrder({ ...spot, ...low, orderLinkId: 'low' });
      return client.cancelOrder({ ...spot, orderLinkId: 'low' });
    },
    answers: ok({ orderLinkId: 'low' }),
  },
  {
    call: 'cancelAllOrders',
    act: async (client) => {
      await client.submitOrder({ ...linear, ...low, orderLinkId: 'low' });
      return client.cancelAllOrders({ category: 'linear', settleCoin: 'USDT' });
    },
    answers: ok({ success: '1', list: [{ orderLinkId: 'low' }] }),
  },
  {
    call: 'getActiveOrders',
    act: async (client) => {
      await client.submitOrder({ ...linear, ...low, orderLinkId: 'low' });
      return client.getActiveOrders({ ...linear, openOnly: 0 });
    },
    answers: list({ orderLinkId: 'low', orderStatus: 'New' }),
  },
  {
    call: 'getActiveOrders, one by its id',
    act: async (client) => {
      await client.submitOrder({ ...spot, ...buy, qty: '600', orderLinkId: 'mine' });
      return client.getActiveOrders({ category: 'spot', orderLinkId: 'mine' });
    },
    answers: list({ orderStatus: 'Filled', cumExecQty: '0.01', avgPrice: '60000' }),
  },
  {
    call: 'getHistoricOrders',
    act: async (client) => {
      await client.submitOrder({ ...linear, ...buy, orderLinkId: 'mine' });
      return client.getHistoricOrders({ category: 'linear', orderLinkId: 'mine' });
    },
    answers: list({ orderStatus: 'Filled' }),
  },
  {
    call: 'getExecutionList',
    act: async (client) => {
      await client.submitOrder({ ...linear, ...buy });
      return client.getExecutionList(linear);
    },
    answers: list({ execType: 'Trade', execPrice: '60000', execFee: '0.33' }),
  },
];

const positionCalls: readonly Call[] = [
  {
    call: 'getPositionInfo',
    act: async (client) => {
      await client.submitOrder({ ...linear, ...buy });
      return client.getPositionInfo({ category: 'linear', settleCoin: 'USDT' });
    },
    answers: list({ symbol: 'BTCUSDT', side: 'Buy', size: '0.01' }),
  },
  {
    call: 'setLeverage',
    act: (client) => client.setLeverage({ ...linear, buyLeverage: '5', sellLeverage: '5' }),
    answers: ok({}),
  },
  {
    call: 'setLeverage, to the same value',
    act: (client) => client.setLeverage({ ...linear, buyLeverage: '10', sellLeverage: '10' }),
    answers: refused(110043),
  },
  {
    call: 'switchPositionMode',
    act: async (client) => {
      await client.switchPositionMode({ ...linear, mode: 3 });
      return client.getPositionInfo(linear);
    },
    answers: list({ positionIdx: 1 }, { positionIdx: 2 }),
  },
  {
    call: 'fetchServerTime()',
    act: async (client) => ({ seconds: await client.fetchServerTime() }),
    answers: { seconds: expect.any(Number) },
  },
];

describe('bybit-api, unmodified', () => {
  conformance('bybit-api', open, [...publicCalls, ...accountCalls, ...orderCalls, ...positionCalls]);
});
