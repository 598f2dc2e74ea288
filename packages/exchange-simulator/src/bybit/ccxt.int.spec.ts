import ccxt, { type bybit } from 'ccxt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { conformance, type ConformanceCall } from '../testing/conformance.js';
import { controlClient } from '../testing/control-client.js';
import { startSimulator, type Simulator } from '../start-simulator.js';

let simulator: Simulator;
const credentials = { apiKey: 'abcdefghijklmnopqr', secret: 'Z'.repeat(36) };
const clients: bybit[] = [];

beforeAll(async () => {
  simulator = await startSimulator();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(() => simulator.stop());

/** ccxt as published; only its base URLs are set, which for Bybit changes no exception class. */
const clientOf = (options: object = {}): bybit => {
  const client = new ccxt.bybit({ ...credentials, enableRateLimit: false, options });
  const local = simulator.urls.bybit;
  client.urls['api'] = { spot: local, futures: local, v2: local, public: local, private: local };
  clients.push(client);
  return client;
};

const fresh = async (about: object = {}): Promise<ReturnType<typeof controlClient>> => {
  const control = controlClient(simulator.urls.control);
  await control.reset();
  const { apiKey, secret: apiSecret } = credentials;
  await control.openAccount({ exchange: 'bybit', apiKey, apiSecret, balances: { USDT: '100000', BTC: '1' }, ...about });
  return control;
};

const open = async (): Promise<bybit> => {
  await fresh();
  return clientOf();
};

type Call = ConformanceCall<bybit>;
const onSpot = 'BTC/USDT';
const onLinear = 'BTC/USDT:USDT';
const ids = { id: expect.stringMatching(/^[0-9a-f-]{36}$/), clientOrderId: 'mine' };
const named = { clientOrderId: 'mine' };
const byName = { orderLinkId: 'mine', acknowledged: true };

const marketCalls: readonly Call[] = [
  {
    call: 'loadMarkets',
    act: (client) => client.loadMarkets(),
    answers: {
      [onSpot]: { spot: true, active: true, precision: { amount: 0.000001, price: 0.1 }, limits: { cost: { min: 5 } } },
      [onLinear]: { swap: true, linear: true, precision: { amount: 0.001, price: 0.1 }, limits: { leverage: { max: 100 } } },
    },
  },
  {
    call: 'loadTimeDifference',
    act: async (client) => ({ ms: await client.loadTimeDifference() }),
    answers: { ms: expect.any(Number) },
  },
  { call: 'fetchTime', act: async (client) => ({ ms: await client.fetchTime() }), answers: { ms: expect.any(Number) } },
  {
    call: 'fetchTicker(spot)',
    act: (client) => client.fetchTicker(onSpot),
    answers: { symbol: onSpot, last: 60_000, bid: 60_000 },
  },
  { call: 'fetchTicker(linear)', act: (client) => client.fetchTicker(onLinear), answers: { symbol: onLinear, last: 60_000 } },
  {
    call: 'fetchTickers',
    act: (client) => client.fetchTickers([onLinear, 'SOL/USDT:USDT']),
    answers: { 'SOL/USDT:USDT': { last: 150 } },
  },
  { call: 'fetchOrderBook', act: (client) => client.fetchOrderBook(onSpot), answers: { bids: [[60_000, 1_000]] } },
  { call: 'fetchTrades', act: (client) => client.fetchTrades(onSpot), answers: [] },
  {
    call: 'fetchMarketLeverageTiers',
    act: (client) => client.fetchMarketLeverageTiers(onLinear),
    answers: [{ maxLeverage: 100 }],
  },
];

const accountCalls: readonly Call[] = [
  { call: 'fetchCurrencies', act: (client) => client.fetchCurrencies(), answers: { USDT: { code: 'USDT' } } },
  { call: 'fetchBalance', act: (client) => client.fetchBalance(), answers: { USDT: { total: 100_000 }, BTC: { total: 1 } } },
  {
    call: 'privateGetV5UserQueryApi',
    act: (client) => client.privateGetV5UserQueryApi(),
    answers: { result: { uta: 1, permissions: { ContractTrade: ['Order', 'Position'] } } },
  },
  {
    call: 'isUnifiedEnabled',
    act: async (client) => {
      await client.isUnifiedEnabled();
      return client.options;
    },
    answers: { enableUnifiedMargin: false, enableUnifiedAccount: true, unifiedMarginStatus: 6 },
  },
  { call: 'setMarginMode', act: (client) => client.setMarginMode('isolated'), answers: { retCode: 0, result: { reasons: [] } } },
  { call: 'fetchTradingFee', act: (client) => client.fetchTradingFee(onLinear), answers: { taker: 0.00055, maker: 0.0002 } },
];

const look = async (client: bybit, symbol: string) => client.fetchOrder('', symbol, byName);

const orderCalls: readonly Call[] = [
  {
    call: 'createOrder(spot, market, base amount)',
    act: (client) => client.createOrder(onSpot, 'market', 'buy', 0.01, undefined, named),
    answers: { ...ids, status: undefined, filled: undefined },
  },
  {
    call: 'createMarketBuyOrderWithCost',
    act: async (client) => {
      await client.createMarketBuyOrderWithCost(onSpot, 600, named);
      return look(client, onSpot);
    },
    answers: { status: 'closed', filled: 0.01, average: 60_000, cost: 600 },
  },
  {
    call: 'createMarketSellOrderWithCost',
    act: async (client) => {
      await client.createMarketSellOrderWithCost(onSpot, 600, named);
      return look(client, onSpot);
    },
    answers: { status: 'closed', filled: 0.01 },
  },
  {
    call: 'createOrder(spot, limit, post-only)',
    act: async (client) => {
      await client.createOrder(onSpot, 'limit', 'buy', 0.01, 59_000, { ...named, postOnly: true });
      return look(client, onSpot);
    },
    answers: { status: 'open', timeInForce: 'PO', price: 59_000, remaining: 0.01 },
  },
  {
    call: 'createOrder(spot, stop loss)',
    act: async (client) => {
      await client.createOrder(onSpot, 'market', 'sell', 0.01, undefined, { ...named, stopLossPrice: 58_000 });
      return look(client, onSpot);
    },
    answers: { status: 'open', triggerPrice: 58_000 },
  },
  {
    call: 'createOrder(linear, market)',
    act: async (client) => {
      await client.createOrder(onLinear, 'market', 'buy', 0.01, undefined, named);
      return look(client, onLinear);
    },
    answers: { symbol: onLinear, status: 'closed', filled: 0.01, average: 60_000, fee: { cost: 0.33, currency: 'USDT' } },
  },
  {
    call: 'createOrder(linear, reduceOnly)',
    act: async (client) => {
      await client.createOrder(onLinear, 'market', 'buy', 0.01);
      await client.createOrder(onLinear, 'market', 'sell', 0.01, undefined, { ...named, reduceOnly: true });
      return look(client, onLinear);
    },
    answers: { status: 'closed', reduceOnly: true, filled: 0.01 },
  },
  {
    call: 'createOrder(linear, stop loss)',
    act: async (client) => {
      await client.createOrder(onLinear, 'market', 'buy', 0.01);
      await client.createOrder(onLinear, 'market', 'sell', 0.01, undefined, { ...named, stopLossPrice: 58_000 });
      return look(client, onLinear);
    },
    answers: { status: 'open', triggerPrice: 58_000, reduceOnly: true },
  },
  {
    call: 'fetchOrder by id',
    act: async (client) => {
      const { id } = await client.createOrder(onSpot, 'market', 'buy', 0.01, undefined, named);
      return client.fetchOrder(id ?? '', onSpot, { acknowledged: true });
    },
    answers: { ...ids, status: 'closed' },
  },
  {
    call: 'fetchOpenOrders(symbol)',
    act: async (client) => {
      await client.createOrder(onLinear, 'limit', 'buy', 0.01, 59_000, named);
      return client.fetchOpenOrders(onLinear);
    },
    answers: [{ ...ids, status: 'open' }],
  },
  {
    call: 'fetchOpenOrders()',
    act: async (client) => {
      await client.createOrder(onLinear, 'limit', 'buy', 0.01, 59_000, named);
      return client.fetchOpenOrders();
    },
    answers: [{ ...ids, symbol: onLinear }],
  },
  {
    call: 'fetchCanceledAndClosedOrders by orderLinkId',
    act: async (client) => {
      await client.createOrder(onLinear, 'market', 'buy', 0.01, undefined, named);
      return client.fetchCanceledAndClosedOrders(onLinear, undefined, undefined, { orderLinkId: 'mine' });
    },
    answers: [{ ...ids, status: 'closed' }],
  },
  {
    call: 'cancelOrder by id',
    act: async (client) => {
      const { id } = await client.createOrder(onSpot, 'limit', 'buy', 0.01, 59_000, named);
      return client.cancelOrder(id ?? '', onSpot);
    },
    answers: ids,
  },
  {
    call: 'cancelOrder by orderLinkId',
    act: async (client) => {
      await client.createOrder(onLinear, 'limit', 'buy', 0.01, 59_000, named);
      return client.cancelOrder('', onLinear, { orderLinkId: 'mine' });
    },
    answers: ids,
  },
  {
    call: 'cancelAllOrders',
    act: async (client) => {
      await client.createOrder(onLinear, 'limit', 'buy', 0.01, 59_000, named);
      return client.cancelAllOrders(onLinear);
    },
    answers: [ids],
  },
  {
    call: 'fetchMyTrades',
    act: async (client) => {
      await client.createOrder(onSpot, 'market', 'buy', 0.01);
      return client.fetchMyTrades(onSpot);
    },
    answers: [{ price: 60_000, amount: 0.01, takerOrMaker: 'taker', fee: { currency: 'BTC' } }],
  },
  {
    call: 'fetchOrderTrades',
    act: async (client) => {
      const { id } = await client.createOrder(onLinear, 'market', 'buy', 0.01);
      return client.fetchOrderTrades(id ?? '', onLinear);
    },
    answers: [{ price: 60_000, amount: 0.01 }],
  },
];

const positionCalls: readonly Call[] = [
  {
    call: 'fetchPosition',
    act: async (client) => {
      await client.createOrder(onLinear, 'market', 'sell', 0.01);
      return client.fetchPosition(onLinear);
    },
    answers: { side: 'short', contracts: 0.01, entryPrice: 60_000, leverage: 10 },
  },
  {
    call: 'fetchPositions()',
    act: async (client) => {
      await client.createOrder(onLinear, 'market', 'buy', 0.01);
      return client.fetchPositions();
    },
    answers: [{ symbol: onLinear, side: 'long' }],
  },
  {
    call: 'setPositionMode and hedged orders',
    act: async (client) => {
      await client.loadMarkets();
      await client.setPositionMode(true, onLinear);
      await client.createOrder(onLinear, 'market', 'buy', 0.02, undefined, { hedged: true });
      await client.createOrder(onLinear, 'market', 'sell', 0.01, undefined, { hedged: true });
      return client.fetchPositions([onLinear]);
    },
    answers: [
      { side: 'long', contracts: 0.02 },
      { side: 'short', contracts: 0.01 },
    ],
  },
  {
    call: 'setLeverage',
    act: async (client) => {
      await client.setLeverage(5, onLinear);
      return client.fetchPosition(onLinear);
    },
    answers: { leverage: 5 },
  },
];

describe('ccxt, unmodified', () => {
  conformance('ccxt.bybit', open, [...marketCalls, ...accountCalls, ...orderCalls, ...positionCalls]);
});

describe('ccxt hears the errors of Bybit as against the venue', () => {
  const thrownBy = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
      return 'nothing';
    } catch (error) {
      return error instanceof Error ? error.constructor.name : 'not an error';
    }
  };
  const order = (client: bybit) => client.createOrder(onLinear, 'market', 'buy', 0.01, undefined, named);

  it.each([
    [10000, 'ExchangeError'],
    [10002, 'InvalidNonce'],
    [10003, 'AuthenticationError'],
    [10005, 'PermissionDenied'],
    [10006, 'RateLimitExceeded'],
    [10010, 'PermissionDenied'],
    [10016, 'ExchangeError'],
    [33004, 'AuthenticationError'],
    [110007, 'InsufficientFunds'],
    [110043, 'BadRequest'],
    [110072, 'InvalidOrder'],
    [110094, 'InvalidOrder'],
    [170007, 'RequestTimeout'],
    [170131, 'InsufficientFunds'],
    [170213, 'OrderNotFound'],
  ])('%i as %s', async (code, expected) => {
    const control = await fresh();
    const client = clientOf({ enableUnifiedMargin: false, enableUnifiedAccount: true, unifiedMarginStatus: 6 });
    await client.loadMarkets();
    await control.fault({ kind: 'venue-error', path: '/v5/order/create', params: { code } });
    expect(await thrownBy(order(client))).toBe(expected);
    expect(await control.book()).toEqual([]);
  });

  it('and a symbol, a signature, an unknown order and a ban', async () => {
    const control = await fresh();
    const client = clientOf();
    await client.loadMarkets();
    expect(await thrownBy(client.publicGetV5MarketTickers({ category: 'spot', symbol: 'NONE' }))).toBe('BadSymbol');
    expect(await thrownBy(client.cancelOrder('', onSpot, { orderLinkId: 'nobody' }))).toBe('OrderNotFound');
    await control.fault({ kind: 'rate-limit', params: { status: 403 } });
    expect(await thrownBy(order(client))).toBe('RateLimitExceeded');
    client.secret = 'wrong';
    expect(await thrownBy(client.fetchBalance())).toBe('AuthenticationError');
  });

  it('and a classic account as one', async () => {
    await fresh({ accountType: 'classic' });
    const client = clientOf();
    await client.isUnifiedEnabled();
    expect(client.options).toMatchObject({ enableUnifiedMargin: false, enableUnifiedAccount: false, unifiedMarginStatus: 1 });
    expect(await client.fetchBalance({ type: 'swap' })).toMatchObject({ USDT: { total: 100_000 } });
  });

  it('finds an acknowledged order that was rejected afterwards', async () => {
    const control = await fresh();
    const client = clientOf();
    await control.fault({ kind: 'reject-after-accept' });
    expect(await order(client)).toMatchObject({ clientOrderId: 'mine' });
    expect(await look(client, onLinear)).toMatchObject({ status: 'rejected', filled: 0 });
  });
});
