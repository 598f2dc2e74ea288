import type { Decimal } from '@latchkey/kernel';
import type { World } from '../../core/world.js';
import { json, type PublicEndpoint } from '../endpoint.js';
import type { Params } from '../params.js';
import { money, priceText, type UsdmMarket, type UsdmMarkets } from './usdm-markets.js';
import { refuseUsdm } from './usdm-refusal.js';

const dayMs = 86_400_000;
const fundingMs = 28_800_000;
const deep = '1000.000';

const priced =
  (one: number, all: number) =>
  (params: Params): number =>
    params.has('symbol') ? one : all;

type Show = (market: UsdmMarket, nowMs: number) => object;

/** One object for `symbol`, a list for all. */
const ticker = (markets: UsdmMarkets, path: string, weight: PublicEndpoint['weight'], show: Show): PublicEndpoint => ({
  method: 'GET',
  path,
  security: 'none',
  weight,
  read: (params) => {
    const market = markets.optional(params);
    return ({ now }) => json(market === undefined ? markets.all.map((one) => show(one, now())) : show(market, now()));
  },
});

/** The market stands still, so the day's open, high, low and average are all its price, and nobody traded. */
const dayTicker = ({ symbol, rules }: UsdmMarket, price: Decimal, nowMs: number): object => {
  const at = priceText(rules, price);
  return {
    symbol,
    priceChange: '0.00',
    priceChangePercent: '0.000',
    weightedAvgPrice: at,
    lastPrice: at,
    lastQty: '0.000',
    openPrice: at,
    highPrice: at,
    lowPrice: at,
    volume: '0.000',
    quoteVolume: '0.00',
    openTime: nowMs - dayMs,
    closeTime: nowMs,
    firstId: 0,
    lastId: 0,
    count: 0,
  };
};

const depthWeights: Readonly<Record<string, number>> = { 5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20 };
const defaultDepth = '500';

/** Public market data: both sides of the book stand at the one price, deep enough for every order. */
export const usdmMarketData = ({ prices }: World, markets: UsdmMarkets): readonly PublicEndpoint[] => {
  const at = ({ symbol, rules }: UsdmMarket): string => priceText(rules, prices.of(symbol));
  const price: Show = (market, nowMs) => ({ symbol: market.symbol, price: at(market), time: nowMs });
  return [
    { method: 'GET', path: '/fapi/v1/ping', security: 'none', weight: 1, read: () => () => json({}) },
    {
      method: 'GET',
      path: '/fapi/v1/time',
      security: 'none',
      weight: 1,
      read:
        () =>
        ({ now }) =>
          json({ serverTime: now() }),
    },
    ticker(markets, '/fapi/v1/ticker/price', priced(1, 2), price),
    ticker(markets, '/fapi/v2/ticker/price', priced(1, 2), price),
    ticker(markets, '/fapi/v1/ticker/24hr', priced(1, 40), (market, nowMs) => dayTicker(market, prices.of(market.symbol), nowMs)),
    ticker(markets, '/fapi/v1/ticker/bookTicker', priced(2, 5), (market, nowMs) => ({
      symbol: market.symbol,
      bidPrice: at(market),
      bidQty: deep,
      askPrice: at(market),
      askQty: deep,
      time: nowMs,
    })),
    ticker(markets, '/fapi/v1/premiumIndex', priced(1, 10), ({ symbol }, nowMs) => ({
      symbol,
      markPrice: money(prices.mark(symbol)),
      indexPrice: money(prices.of(symbol)),
      estimatedSettlePrice: money(prices.mark(symbol)),
      lastFundingRate: '0.00010000',
      interestRate: '0.00010000',
      nextFundingTime: (Math.floor(nowMs / fundingMs) + 1) * fundingMs,
      time: nowMs,
    })),
    {
      method: 'GET',
      path: '/fapi/v1/depth',
      security: 'none',
      weight: (params) => depthWeights[params.text('limit') ?? defaultDepth] ?? 0,
      read: (params) => {
        const market = markets.required(params);
        const limit = params.text('limit') ?? defaultDepth;
        if (depthWeights[limit] === undefined) throw refuseUsdm.depthLimit(limit);
        return ({ now }) =>
          json({ lastUpdateId: now(), E: now(), T: now(), bids: [[at(market), deep]], asks: [[at(market), deep]] });
      },
    },
  ];
};
