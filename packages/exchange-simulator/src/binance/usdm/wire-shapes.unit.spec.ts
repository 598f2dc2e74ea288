import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../testing/conformance.js';
import { venueInMemory, type Seen } from '../../testing/venue-in-memory.js';

type Venue = ReturnType<typeof venueInMemory>;

// The samples of `exchange-facts.md` 3.4 and, where it only lists names, of the official connector's definition: values made up.
const common = {
  clientOrderId: 'sig-1',
  executedQty: '0.010',
  orderId: 700001,
  origQty: '0.010',
  origType: 'MARKET',
  price: '0',
  reduceOnly: false,
  side: 'BUY',
  positionSide: 'BOTH',
  status: 'FILLED',
  stopPrice: '0',
  closePosition: false,
  symbol: 'BTCUSDT',
  timeInForce: 'GTC',
  type: 'MARKET',
  updateTime: 1790000000000,
  workingType: 'CONTRACT_PRICE',
  priceProtect: false,
  priceMatch: 'NONE',
  selfTradePreventionMode: 'EXPIRE_MAKER',
  goodTillDate: 0,
};
const queried = { ...common, avgPrice: '50000.00000', cumQuote: '500.00', time: 1790000000000 };
// Without `avgPrice` and `cumQuote`, which the current definition dropped.
const changed = { ...common, cumQty: '0.010' };
const done = { code: 200, msg: 'success' };
const margins = { initialMargin: '1.0', maintMargin: '1.0' };
const openMargins = { positionInitialMargin: '1.0', openOrderInitialMargin: '1.0' };
const isolated = { isolatedMargin: '0.0', isolatedWallet: '0.0' };
const held = { symbol: 'BTCUSDT', positionSide: 'BOTH', positionAmt: '0.010', updateTime: 1 };
const risk = {
  ...held,
  ...isolated,
  entryPrice: '1.0',
  breakEvenPrice: '1.0',
  markPrice: '1.0',
  unRealizedProfit: '1.0',
  liquidationPrice: '0',
  notional: '1.0',
};
const wallet = {
  crossWalletBalance: '1.0',
  crossUnPnl: '1.0',
  availableBalance: '1.0',
  maxWithdrawAmount: '1.0',
};
const asset = {
  asset: 'USDT',
  walletBalance: '1.0',
  unrealizedProfit: '1.0',
  marginBalance: '1.0',
  ...margins,
  ...openMargins,
  ...wallet,
  updateTime: 1,
};
const totals = {
  totalInitialMargin: '1.0',
  totalMaintMargin: '1.0',
  totalWalletBalance: '1.0',
  totalUnrealizedProfit: '1.0',
  totalMarginBalance: '1.0',
  totalPositionInitialMargin: '1.0',
  totalOpenOrderInitialMargin: '1.0',
  totalCrossWalletBalance: '1.0',
  totalCrossUnPnl: '1.0',
  availableBalance: '1.0',
  maxWithdrawAmount: '1.0',
};
const rights = { feeTier: 0, canTrade: true, canDeposit: true, canWithdraw: true, updateTime: 0 };
const modes = { multiAssetsMargin: false, tradeGroupId: -1 };
const bracket = { bracket: 1, initialLeverage: 75, notionalCap: 1, notionalFloor: 0, maintMarginRatio: 0.1, cum: 0 };
const symbolWithBrackets = { symbol: 'BTCUSDT', notionalCoef: 1.5, brackets: [bracket] };

const market = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', newClientOrderId: 'sig-1' };
const limit = { ...market, type: 'LIMIT', timeInForce: 'GTC', price: '59000' };
const named = { symbol: 'BTCUSDT', origClientOrderId: 'sig-1' };
const buy = (venue: Venue) => venue.signed('POST', '/fapi/v1/order', { ...market, newOrderRespType: 'RESULT' });
const wait = (venue: Venue) => venue.signed('POST', '/fapi/v1/order', limit);
type Parameters = Readonly<Record<string, string | number>>;
const get = (path: string, parameters: Parameters = {}, first: (venue: Venue) => Promise<Seen> = buy) => {
  return async (venue: Venue): Promise<Seen> => (await first(venue), venue.signed('GET', path, parameters));
};
const post = (path: string, parameters: Parameters) => (venue: Venue) => venue.signed('POST', path, parameters);
const open =
  (path: string, symbol = 'symbol=BTCUSDT') =>
  (venue: Venue) =>
    venue.raw('GET', path, { query: symbol });

const cases: readonly (readonly [what: string, act: (venue: Venue) => Promise<Seen>, sample: unknown])[] = [
  ['a new order, RESULT', buy, changed],
  ['a new order, ACK', post('/fapi/v1/order', market), changed],
  ['an open order', get('/fapi/v1/openOrder', named, wait), { ...queried, price: '59000.00' }],
  ['an order that is looked up', get('/fapi/v1/order', named), queried],
  ['open orders', get('/fapi/v1/openOrders', {}, wait), [queried]],
  ['all orders', get('/fapi/v1/allOrders', { symbol: 'BTCUSDT' }), [queried]],
  ['a cancel', async (venue) => (await wait(venue), venue.signed('DELETE', '/fapi/v1/order', named)), changed],
  ['a cancel of all', (venue) => venue.signed('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'BTCUSDT' }), done],
  ['a tested order', post('/fapi/v1/order/test', market), { ...changed, avgPrice: '0.00000', cumQuote: '0' }],
  [
    'a trade',
    get('/fapi/v1/userTrades', { symbol: 'BTCUSDT' }),
    [
      {
        buyer: true,
        commission: '0.1',
        commissionAsset: 'USDT',
        id: 1,
        maker: false,
        orderId: 1,
        price: '1.0',
        qty: '1.0',
        quoteQty: '1.0',
        realizedPnl: '0.0',
        marginAsset: 'USDT',
        side: 'BUY',
        positionSide: 'BOTH',
        symbol: 'BTCUSDT',
        time: 1,
      },
    ],
  ],
  [
    'leverage',
    post('/fapi/v1/leverage', { symbol: 'BTCUSDT', leverage: 10 }),
    { leverage: 10, maxNotionalValue: '1000000', symbol: 'BTCUSDT' },
  ],
  ['a margin type', post('/fapi/v1/marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' }), done],
  ['a position mode', post('/fapi/v1/positionSide/dual', { dualSidePosition: 'true' }), done],
  ['the position mode', get('/fapi/v1/positionSide/dual'), { dualSidePosition: false }],
  [
    'a position, version 3',
    get('/fapi/v3/positionRisk'),
    [{ ...risk, marginAsset: 'USDT', ...margins, ...openMargins, adl: 1, bidNotional: '0.0', askNotional: '0.0' }],
  ],
  [
    'a position, version 2',
    get('/fapi/v2/positionRisk'),
    [{ ...risk, marginType: 'cross', isAutoAddMargin: 'false', leverage: '20', maxNotionalValue: '1.0' }],
  ],
  [
    'the account, version 3',
    get('/fapi/v3/account'),
    { ...totals, assets: [asset], positions: [{ ...held, ...isolated, unrealizedProfit: '1.0', notional: '1.0', ...margins }] },
  ],
  [
    'the account, version 2',
    get('/fapi/v2/account'),
    {
      ...rights,
      ...modes,
      ...totals,
      feeBurn: false,
      assets: [{ ...asset, marginAvailable: true }],
      positions: [
        {
          ...held,
          ...margins,
          ...openMargins,
          unrealizedProfit: '1.0',
          leverage: '20',
          isolated: false,
          entryPrice: '1.0',
          maxNotional: '1.0',
          bidNotional: '0.0',
          askNotional: '0.0',
        },
      ],
    },
  ],
  [
    'balances, version 3',
    get('/fapi/v3/balance'),
    [{ accountAlias: 'alias', asset: 'USDT', balance: '1.0', ...wallet, marginAvailable: true, updateTime: 1 }],
  ],
  [
    'balances, version 2',
    get('/fapi/v2/balance'),
    [{ accountAlias: 'alias', asset: 'USDT', balance: '1.0', ...wallet, marginAvailable: true, updateTime: 1 }],
  ],
  ['all brackets', get('/fapi/v1/leverageBracket'), [symbolWithBrackets]],
  ['the brackets of a symbol', get('/fapi/v1/leverageBracket', { symbol: 'BTCUSDT' }), symbolWithBrackets],
  [
    'what a symbol is set to',
    get('/fapi/v1/symbolConfig'),
    [{ symbol: 'BTCUSDT', marginType: 'CROSSED', isAutoAddMargin: false, leverage: 20, maxNotionalValue: '1' }],
  ],
  ['what the account is set to', get('/fapi/v1/accountConfig'), { ...rights, ...modes, dualSidePosition: false }],
  [
    'order limits',
    get('/fapi/v1/rateLimit/order'),
    [{ rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 }],
  ],
  [
    'fees',
    get('/fapi/v1/commissionRate', { symbol: 'BTCUSDT' }),
    { symbol: 'BTCUSDT', makerCommissionRate: '0.1', takerCommissionRate: '0.1', rpiCommissionRate: '0.1' },
  ],
  ['the time', open('/fapi/v1/time', ''), { serverTime: 1 }],
  ['a price', open('/fapi/v1/ticker/price'), { symbol: 'BTCUSDT', price: '1.0', time: 1 }],
  [
    'the best prices',
    open('/fapi/v1/ticker/bookTicker'),
    { symbol: 'BTCUSDT', bidPrice: '1.0', bidQty: '1.0', askPrice: '1.0', askQty: '1.0', time: 1 },
  ],
  [
    'the mark price',
    open('/fapi/v1/premiumIndex'),
    {
      symbol: 'BTCUSDT',
      markPrice: '1.0',
      indexPrice: '1.0',
      estimatedSettlePrice: '1.0',
      lastFundingRate: '0.0',
      interestRate: '0.0',
      nextFundingTime: 1,
      time: 1,
    },
  ],
  ['the order book', open('/fapi/v1/depth'), { lastUpdateId: 1, E: 1, T: 1, bids: [['1.0', '1.0']], asks: [['1.0', '1.0']] }],
  [
    'the day',
    open('/fapi/v1/ticker/24hr'),
    {
      symbol: 'BTCUSDT',
      priceChange: '0.0',
      priceChangePercent: '0.0',
      weightedAvgPrice: '1.0',
      lastPrice: '1.0',
      lastQty: '1.0',
      openPrice: '1.0',
      highPrice: '1.0',
      lowPrice: '1.0',
      volume: '0.0',
      quoteVolume: '0.0',
      openTime: 1,
      closeTime: 1,
      firstId: 1,
      lastId: 1,
      count: 1,
    },
  ],
  ['an error', get('/fapi/v1/order', { symbol: 'BTCUSDT', orderId: 1 }), { code: -1121, msg: 'Invalid symbol.' }],
];

describe('a USDM answer has the fields of the documented sample, by name and type', () => {
  it.each(cases)('%s', async (_what, act, sample) => {
    const answer = await act(venueInMemory());
    expect(answer === 'cut' ? answer : shapeOf(answer.body)).toEqual(shapeOf(sample));
  });

  it('a market, filter by filter', async () => {
    const answer = await venueInMemory().raw('GET', '/fapi/v1/exchangeInfo', {});
    expect(answer).toMatchObject({
      body: {
        futuresType: 'U_MARGINED',
        rateLimits: [
          { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2_400 },
          { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
          { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1_200 },
        ],
        symbols: [
          {
            symbol: 'BTCUSDT',
            contractType: 'PERPETUAL',
            deliveryDate: 4133404800000,
            pricePrecision: 2,
            quantityPrecision: 4,
            timeInForce: ['GTC', 'IOC', 'FOK', 'GTX'],
            filters: [
              { filterType: 'PRICE_FILTER', minPrice: '0.10', maxPrice: '1000000.00', tickSize: '0.10' },
              { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
              { filterType: 'MARKET_LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
              { filterType: 'MAX_NUM_ORDERS', limit: 200 },
              { filterType: 'MAX_NUM_ALGO_ORDERS', limit: 10 },
              { filterType: 'MIN_NOTIONAL', notional: '50' },
              { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
              { filterType: 'POSITION_RISK_CONTROL' },
            ],
          },
          { symbol: 'ETHUSDT' },
          { symbol: 'SOLUSDT' },
        ],
      },
    });
  });
});
