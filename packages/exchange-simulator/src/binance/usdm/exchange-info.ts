import { toFixedPlaces } from '@latchkey/kernel';
import { json, type PublicEndpoint } from '../endpoint.js';
import type { UsdmLimits } from '../ip-limits.js';
import { priceText, type UsdmMarket, type UsdmMarkets } from './usdm-markets.js';

/** Perpetuals never end; the venue writes that as a day in the year 2100. */
const neverDelivered = 4_133_404_800_000;
const listedAt = 1_569_398_400_000;

const filters = ({ rules }: UsdmMarket): readonly object[] => {
  const price = (of: 'minPrice' | 'maxPrice' | 'tickSize'): string => priceText(rules, rules[of]);
  return [
    { filterType: 'PRICE_FILTER', minPrice: price('minPrice'), maxPrice: price('maxPrice'), tickSize: price('tickSize') },
    { filterType: 'LOT_SIZE', minQty: rules.stepSize, maxQty: rules.maxQuantity, stepSize: rules.stepSize },
    { filterType: 'MARKET_LOT_SIZE', minQty: rules.stepSize, maxQty: rules.maxMarketQuantity, stepSize: rules.stepSize },
    { filterType: 'MAX_NUM_ORDERS', limit: rules.maxOpenOrders },
    { filterType: 'MAX_NUM_ALGO_ORDERS', limit: 10 },
    // `notional`, where spot says `minNotional`.
    { filterType: 'MIN_NOTIONAL', notional: rules.minNotional },
    {
      filterType: 'PERCENT_PRICE',
      multiplierUp: toFixedPlaces(rules.multiplierUp, 4),
      multiplierDown: toFixedPlaces(rules.multiplierDown, 4),
      multiplierDecimal: '4',
    },
    { filterType: 'POSITION_RISK_CONTROL', positionControlSide: 'NONE', notionalLimit: '0' },
  ];
};

export const usdmSymbolInfo = (market: UsdmMarket): object => ({
  symbol: market.symbol,
  pair: market.symbol,
  contractType: 'PERPETUAL',
  deliveryDate: neverDelivered,
  onboardDate: listedAt,
  status: 'TRADING',
  maintMarginPercent: '2.5000',
  requiredMarginPercent: '5.0000',
  baseAsset: market.base,
  quoteAsset: market.quote,
  marginAsset: market.quote,
  pricePrecision: market.rules.pricePrecision,
  quantityPrecision: market.rules.quantityPrecision,
  baseAssetPrecision: 8,
  quotePrecision: 8,
  underlyingType: 'COIN',
  underlyingSubType: ['PoW'],
  settlePlan: 0,
  triggerProtect: '0.0500',
  liquidationFee: '0.012500',
  marketTakeBound: '0.05',
  filters: filters(market),
  // With the conditional types, which ccxt looks for here, although they are taken at the algo endpoints only.
  orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
  timeInForce: ['GTC', 'IOC', 'FOK', 'GTX'],
});

/** `GET /fapi/v1/exchangeInfo`: what clients learn filters and limits from. */
export const usdmExchangeInfo = (markets: UsdmMarkets, { weightPerMinute, orders }: UsdmLimits): PublicEndpoint => ({
  method: 'GET',
  path: '/fapi/v1/exchangeInfo',
  security: 'none',
  weight: 1,
  read:
    () =>
    ({ now }) =>
      json({
        timezone: 'UTC',
        serverTime: now(),
        futuresType: 'U_MARGINED',
        rateLimits: [
          { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightPerMinute },
          { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: orders.per10Seconds },
          { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: orders.perMinute },
        ],
        exchangeFilters: [],
        assets: [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }],
        symbols: markets.all.map(usdmSymbolInfo),
      }),
});
