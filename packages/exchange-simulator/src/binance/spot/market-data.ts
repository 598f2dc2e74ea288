import type { Decimal } from '@latchkey/kernel';
import type { World } from '../../core/world.js';
import { json, type PublicEndpoint } from '../endpoint.js';
import type { Params } from '../params.js';
import { refuse } from '../refusal.js';
import { amount } from './order-wire.js';
import type { SpotMarket, SpotMarkets } from './spot-markets.js';

const dayMs = 86_400_000;
const fewSymbols = 20;

const counted = (params: Params): number => {
  const list = params.text('symbols');
  return list === undefined ? Number.POSITIVE_INFINITY : list.split(',').length;
};
const cheapWithSymbol = (params: Params): number => (params.has('symbol') ? 2 : 4);
const dayTickerWeight = (params: Params): number => (params.has('symbol') ? 2 : counted(params) <= fewSymbols ? 2 : 80);

/** A ticker endpoint: one object for `symbol`, a list for `symbols` or for all. */
const ticker = (
  markets: SpotMarkets,
  path: string,
  weight: PublicEndpoint['weight'],
  show: (market: SpotMarket, mini: boolean) => object,
): PublicEndpoint => ({
  method: 'GET',
  path,
  security: 'none',
  weight,
  read: (params) => {
    const single = params.has('symbol');
    const selected = markets.selected(params) ?? markets.all;
    const mini = params.text('type') === 'MINI';
    params.text('symbolStatus');
    return () => {
      const shown = selected.map((market) => show(market, mini));
      return json(single ? shown[0] : shown);
    };
  },
});

/** The market stands still, so the day's open, high, low and average are all its price, and nobody traded. */
const stillWire = (symbol: string, price: Decimal, nowMs: number) => {
  const at = amount(price);
  return {
    symbol,
    openPrice: at,
    highPrice: at,
    lowPrice: at,
    lastPrice: at,
    volume: '0.00000000',
    quoteVolume: '0.00000000',
    openTime: nowMs - dayMs,
    closeTime: nowMs,
    firstId: -1,
    lastId: -1,
    count: 0,
  };
};

const windowWire = (symbol: string, price: Decimal, nowMs: number) => ({
  ...stillWire(symbol, price, nowMs),
  priceChange: '0.00000000',
  priceChangePercent: '0.000',
  weightedAvgPrice: amount(price),
});

const fullDayWire = (symbol: string, price: Decimal, nowMs: number) => {
  const at = amount(price);
  return {
    ...windowWire(symbol, price, nowMs),
    prevClosePrice: at,
    lastQty: '0.00000000',
    bidPrice: at,
    bidQty: '1000.00000000',
    askPrice: at,
    askQty: '1000.00000000',
  };
};

/** `GET /api/v3/avgPrice`. */
const avgPrice = (prices: World['prices'], markets: SpotMarkets): PublicEndpoint => ({
  method: 'GET',
  path: '/api/v3/avgPrice',
  security: 'none',
  weight: 2,
  read: (params) => {
    const { symbol } = markets.required(params);
    return ({ now }) => json({ mins: 5, price: amount(prices.of(symbol)), closeTime: now() });
  },
});

/** The rolling window's and the trading day's ticker: unlike the 24-hour one they need symbols, and show no book. */
const windowTicker = (prices: World['prices'], markets: SpotMarkets, path: string): PublicEndpoint => ({
  method: 'GET',
  path,
  security: 'none',
  weight: 4,
  read: (params) => {
    const single = params.has('symbol');
    const selected = markets.selected(params);
    if (selected === undefined) throw refuse.oneOf('symbol', 'symbols');
    for (const name of ['type', 'windowSize', 'timeZone', 'symbolStatus']) params.text(name);
    return ({ now }) => {
      const shown = selected.map(({ symbol }) => windowWire(symbol, prices.of(symbol), now()));
      return json(single ? shown[0] : shown);
    };
  },
});

const depthWeight = (params: Params): number => {
  const limit = Number(params.text('limit') ?? 100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1_000 ? 50 : 250;
};

/** Public market data: both sides of the book stand at the one price, deep enough for every order. */
export const marketData = ({ prices, clock }: World, markets: SpotMarkets): readonly PublicEndpoint[] => {
  const level = (market: SpotMarket): readonly string[] => [amount(prices.of(market.symbol)), '1000.00000000'];
  return [
    { method: 'GET', path: '/api/v3/ping', security: 'none', weight: 1, read: () => () => json({}) },
    {
      method: 'GET',
      path: '/api/v3/time',
      security: 'none',
      weight: 1,
      read:
        () =>
        ({ now }) =>
          json({ serverTime: now() }),
    },
    ticker(markets, '/api/v3/ticker/price', cheapWithSymbol, ({ symbol }) => ({ symbol, price: amount(prices.of(symbol)) })),
    ticker(markets, '/api/v3/ticker/bookTicker', cheapWithSymbol, (market) => {
      const [price, quantity] = level(market);
      return { symbol: market.symbol, bidPrice: price, bidQty: quantity, askPrice: price, askQty: quantity };
    }),
    avgPrice(prices, markets),
    ...['/api/v3/ticker', '/api/v3/ticker/tradingDay'].map((path) => windowTicker(prices, markets, path)),
    ticker(markets, '/api/v3/ticker/24hr', dayTickerWeight, ({ symbol }, mini) =>
      (mini ? stillWire : fullDayWire)(symbol, prices.of(symbol), clock.now()),
    ),
    {
      method: 'GET',
      path: '/api/v3/depth',
      security: 'none',
      weight: depthWeight,
      read: (params) => {
        const market = markets.required(params);
        params.integer('limit');
        return () => json({ lastUpdateId: clock.now(), bids: [level(market)], asks: [level(market)] });
      },
    },
  ];
};
