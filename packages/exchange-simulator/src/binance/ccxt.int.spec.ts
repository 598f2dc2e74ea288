import ccxt, { type binance } from 'ccxt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redirectClient } from '../testing/redirect-client.js';
import { follower, stage } from '../testing/stage.js';

type Stage = Awaited<ReturnType<typeof stage>>;
let venue: Stage;
const clients: binance[] = [];

/** ccxt as published; only its transport is redirected. */
const ccxtOf = async (credentials: object = follower, options: object = {}): Promise<binance> => {
  const client = await redirectClient(new ccxt.binance({ ...credentials, enableRateLimit: false, options }), venue.urls.binance);
  clients.push(client);
  return client;
};

const thrownBy = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'nothing';
  } catch (error) {
    return error instanceof Error ? `${error.constructor.name}: ${error.message}` : 'not an error';
  }
};

beforeAll(async () => {
  venue = await stage();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await venue.stop();
});
beforeEach(async () => {
  await venue.control.reset();
  await venue.control.openAccount({
    apiKey: follower.apiKey,
    apiSecret: follower.secret,
    balances: { USDT: '100000', BTC: '1' },
  });
});

describe('ccxt, unmodified', () => {
  it('loads markets with filters, with a key and without', async () => {
    for (const client of [await ccxtOf(), await ccxtOf({})]) {
      const markets = await client.loadMarkets();
      const spot = Object.values(markets).filter((market) => market?.spot === true);
      expect(spot.map((market) => market?.symbol)).toEqual(['BTC/USDT', 'ETH/USDT', 'SOL/USDT']);
      expect(client.market('BTC/USDT')).toMatchObject({
        active: true,
        spot: true,
        precision: { amount: 0.00001, price: 0.01 },
        limits: { amount: { min: 0.00001 }, cost: { min: 5 } },
      });
    }
  });

  it('learns the clock of the venue', async () => {
    const client = await ccxtOf();
    expect(Math.abs(await client.loadTimeDifference())).toBeLessThan(60_000);
    expect(await client.fetchTime()).toBeGreaterThan(1_700_000_000_000);
  });

  it('reads prices, as they stand and as they are set', async () => {
    const client = await ccxtOf();
    expect(await client.fetchTicker('BTC/USDT')).toMatchObject({ last: 60_000, bid: 60_000, ask: 60_000 });
    await venue.control.setPrice('BTCUSDT', '61234.5');
    expect((await client.fetchTickers(['BTC/USDT', 'ETH/USDT']))['BTC/USDT']).toMatchObject({ last: 61_234.5 });
    expect(await client.fetchOrderBook('BTC/USDT')).toMatchObject({ bids: [[61_234.5, 1_000]], asks: [[61_234.5, 1_000]] });
    expect((await client.fetchBidsAsks(['SOL/USDT']))['SOL/USDT']).toMatchObject({ bid: 150 });
    expect(await client.fetchLastPrices(['SOL/USDT'])).toMatchObject({ 'SOL/USDT': { price: 150 } });
  });

  it('reads balances and what the key may do', async () => {
    const client = await ccxtOf();
    expect(await client.fetchBalance()).toMatchObject({ USDT: { free: 100_000, used: 0, total: 100_000 }, BTC: { free: 1 } });
    expect(await client.sapiGetAccountApiRestrictions()).toMatchObject({
      enableSpotAndMarginTrading: true,
      enableWithdrawals: false,
    });
  });

  it('buys by amount, and finds the order by its client id', async () => {
    const client = await ccxtOf();
    const placed = await client.createOrder('BTC/USDT', 'market', 'buy', 0.01, undefined, { clientOrderId: 'sig-1' });
    expect(placed).toMatchObject({ clientOrderId: 'sig-1', status: 'closed', filled: 0.01, average: 60_000, cost: 600 });
    expect(placed.fee).toEqual({ currency: 'BTC', cost: 0.00001 });
    const found = await client.fetchOrder(undefined as unknown as string, 'BTC/USDT', { clientOrderId: 'sig-1' });
    expect(found).toMatchObject({ id: placed.id, status: 'closed', filled: 0.01, average: 60_000 });
    expect(await client.fetchMyTrades('BTC/USDT')).toMatchObject([
      { order: placed.id, amount: 0.01, price: 60_000, takerOrMaker: 'taker' },
    ]);
    expect(await venue.control.book(follower.apiKey)).toEqual([
      {
        exchange: 'binance',
        market: 'spot',
        apiKey: follower.apiKey,
        symbol: 'BTCUSDT',
        side: 'buy',
        type: 'market',
        amount: '0.01',
        price: '60000',
        status: 'filled',
        filled: '0.01',
        averagePrice: '60000',
        clientOrderId: 'sig-1',
        orderId: placed.id,
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    ]);
  });

  it('buys by cost and sells', async () => {
    const client = await ccxtOf();
    expect(await client.createMarketBuyOrderWithCost('BTC/USDT', 100)).toMatchObject({
      status: 'closed',
      filled: 0.00166,
      cost: 99.6,
    });
    const sold = await client.createOrder('BTC/USDT', 'market', 'sell', 0.5);
    expect(sold).toMatchObject({ status: 'closed', filled: 0.5, fee: { currency: 'USDT', cost: 30 } });
    expect(await client.fetchBalance()).toMatchObject({ USDT: { free: 129_870.4 } });
  });

  it('places limits, lists them and cancels them', async () => {
    const client = await ccxtOf();
    const first = await client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 59_000, { clientOrderId: 'lim-1' });
    expect(first).toMatchObject({ status: 'open', filled: 0, timeInForce: 'GTC' });
    expect(await client.fetchBalance()).toMatchObject({ USDT: { free: 99_410, used: 590 } });
    await client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 58_000, { postOnly: true });
    expect(await client.fetchOpenOrders('BTC/USDT')).toHaveLength(2);
    expect(await client.cancelOrder(String(first.id), 'BTC/USDT')).toMatchObject({ status: 'canceled' });
    expect(await client.cancelAllOrders('BTC/USDT')).toMatchObject([{ status: 'canceled' }]);
    expect(await client.fetchOrders('BTC/USDT')).toMatchObject([{ status: 'canceled' }, { status: 'canceled' }]);
  });

  it.each(['IOC', 'FOK'])('learns that an %s limit away from the market expired', async (timeInForce) => {
    const client = await ccxtOf();
    expect(await client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 59_000, { timeInForce })).toMatchObject({
      status: 'expired',
      filled: 0,
    });
  });

  it('places stops that the market triggers', async () => {
    const client = await ccxtOf();
    const stop = await client.createOrder('BTC/USDT', 'market', 'sell', 0.1, undefined, { stopLossPrice: 59_000 });
    await client.createOrder('BTC/USDT', 'limit', 'sell', 0.1, 61_500, { takeProfitPrice: 61_000 });
    expect(await client.fetchOpenOrders('BTC/USDT')).toMatchObject([
      { type: 'market', triggerPrice: 59_000 },
      { type: 'limit', triggerPrice: 61_000, price: 61_500 },
    ]);
    await venue.control.setPrice('BTCUSDT', '58500');
    expect(await client.fetchOrder(String(stop.id), 'BTC/USDT')).toMatchObject({
      status: 'closed',
      filled: 0.1,
      average: 58_500,
    });
  });

  it('tests an order without placing it', async () => {
    const client = await ccxtOf();
    await client.createOrder('BTC/USDT', 'market', 'buy', 0.01, undefined, { test: true });
    expect(await venue.control.book()).toEqual([]);
  });
});

describe('ccxt throws the classes of production', () => {
  const buy = (client: binance, amount: number, params: object = {}) =>
    client.createOrder('BTC/USDT', 'market', 'buy', amount, undefined, params);
  const raw = (client: binance, parameters: object) =>
    client.privatePostOrder({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', ...parameters });

  it.each<readonly [string, RegExp, (client: binance) => Promise<unknown>]>([
    ['-1013 on the lot size', /^InvalidOrder.*LOT_SIZE/, (client) => raw(client, { quantity: '0.000011' })],
    ['-1013 on the price', /^InvalidOrder/, (client) => raw(client, { type: 'LIMIT', timeInForce: 'GTC', price: '59000.001' })],
    ['-1013 on the notional', /^BadRequest.*-1013.*NOTIONAL/, (client) => buy(client, 0.00001)],
    ['-1013 on a zero quantity', /^BadRequest.*Invalid quantity/, (client) => raw(client, { quantity: '0' })],
    ['-1100', /^BadRequest.*-1100/, (client) => buy(client, 0.01, { clientOrderId: 'not allowed' })],
    ['-1102', /^BadRequest.*-1102/, (client) => raw(client, { symbol: '' })],
    ['-1104', /^BadRequest.*-1104/, (client) => buy(client, 0.01, { stopLoss: { triggerPrice: 59_000 } })],
    ['-1106', /^BadRequest.*-1106/, (client) => raw(client, { timeInForce: 'GTC' })],
    ['-1111', /^BadRequest.*-1111/, (client) => raw(client, { quantity: '0.010000001' })],
    ['-1115', /^BadRequest.*-1115/, (client) => raw(client, { type: 'LIMIT', price: '59000', timeInForce: 'DAY' })],
    ['-1121', /^BadSymbol.*-1121/, (client) => raw(client, { symbol: 'XXXUSDT' })],
    ['-1131', /^BadRequest.*-1131/, (client) => buy(client, 0.01, { recvWindow: 60_001 })],
    ['-2010 without funds', /^InsufficientFunds.*insufficient balance/, (client) => buy(client, 100)],
    [
      '-2010 on a maker that would take',
      /^OrderImmediatelyFillable/,
      (client) => client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 61_000, { postOnly: true }),
    ],
    [
      '-2010 on a stop that would trigger',
      /^OrderImmediatelyFillable/,
      (client) => client.createOrder('BTC/USDT', 'market', 'sell', 0.01, undefined, { stopLossPrice: 61_000 }),
    ],
    ['-2011', /^OrderNotFound.*-2011/, (client) => client.cancelOrder('1', 'BTC/USDT')],
    ['-2013', /^OrderNotFound.*-2013/, (client) => client.fetchOrder('1', 'BTC/USDT')],
  ])('%s', async (_code, expected, act) => {
    expect(await thrownBy(act(await ccxtOf()))).toMatch(expected);
    expect(await venue.control.book()).toEqual([]);
  });

  it('-2010 on a client id that is open', async () => {
    const client = await ccxtOf();
    await client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 59_000, { clientOrderId: 'once' });
    expect(await thrownBy(buy(client, 0.01, { clientOrderId: 'once' }))).toMatch(/^InvalidOrder.*Duplicate order sent/);
  });

  it('-1022 for a wrong secret, and the venue counts it', async () => {
    const client = await ccxtOf(
      { apiKey: follower.apiKey, secret: 'g'.repeat(64) },
      { fetchCurrencies: false, fetchMargins: false },
    );
    expect(await thrownBy(client.fetchBalance())).toMatch(/^AuthenticationError.*-1022/);
    expect((await venue.control.stats())['signatureFailures']).toBe(1);
  });

  it('-1021 for a clock that is off, either way', async () => {
    for (const timeDifference of [60_000, -60_000]) {
      const client = await ccxtOf(follower, { timeDifference, fetchCurrencies: false, fetchMargins: false });
      expect(await thrownBy(client.fetchBalance())).toMatch(/^InvalidNonce.*-1021/);
    }
  });

  it('-2014 for a key that is none, and -2015 for one that is unknown, deleted, or may only read', async () => {
    const quiet = { fetchCurrencies: false, fetchMargins: false };
    expect(await thrownBy((await ccxtOf({ apiKey: 'no key', secret: 's' }, quiet)).fetchBalance())).toMatch(
      /^AuthenticationError.*-2014/,
    );
    expect(await thrownBy((await ccxtOf({ apiKey: 'x'.repeat(64), secret: 's' }, quiet)).fetchBalance())).toMatch(
      /^AuthenticationError.*-2015/,
    );
    await venue.control.call('PATCH', `/accounts/${follower.apiKey}`, { permissions: { trade: false } });
    expect(await thrownBy(buy(await ccxtOf(follower, quiet), 0.01))).toMatch(/^AuthenticationError.*-2015/);
    await venue.control.call('PATCH', `/accounts/${follower.apiKey}`, { revoked: true });
    expect(await thrownBy((await ccxtOf(follower, quiet)).fetchBalance())).toMatch(/^AuthenticationError.*-2015/);
  });
});

describe('a venue with a small budget', () => {
  it('answers 429 and then 418, which ccxt calls DDoSProtection', async () => {
    await using small = await stage({ binanceLimits: { weightPerMinute: 25, ignoredBeforeBan: 2 } });
    const client = await redirectClient(new ccxt.binance({ enableRateLimit: false }), small.urls.binance);
    clients.push(client);
    await client.publicGetExchangeInfo();
    expect(await thrownBy(client.publicGetExchangeInfo())).toMatch(/^DDoSProtection.*429.*-1003/);
    expect(await thrownBy(client.publicGetPing())).toMatch(/^DDoSProtection.*429/);
    expect(await thrownBy(client.publicGetPing())).toMatch(/^DDoSProtection.*418.*-1003/);
    expect(await small.control.stats()).toMatchObject({ rateLimitViolations: 3, requestsBeforeRetryAfter: 2 });
  });

  it('answers -1015 when too many orders wait, and none is taken', async () => {
    await using small = await stage({ binanceLimits: { orders: { per10Seconds: 1, perDay: 1 } } });
    const client = await redirectClient(new ccxt.binance({ ...follower, enableRateLimit: false }), small.urls.binance);
    clients.push(client);
    await client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 59_000);
    expect(await thrownBy(client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 59_000))).toMatch(/^DDoSProtection.*-1015/);
    expect(await small.control.book()).toHaveLength(1);
  });
});
