import { json, type PublicEndpoint } from '../endpoint.js';
import type { BinanceLimits } from '../ip-limits.js';
import type { SpotMarket, SpotMarkets } from './spot-markets.js';

const filters = ({ rules }: SpotMarket): readonly object[] => [
  { filterType: 'PRICE_FILTER', minPrice: rules.minPrice, maxPrice: rules.maxPrice, tickSize: rules.tickSize },
  { filterType: 'LOT_SIZE', minQty: rules.minQuantity, maxQty: rules.maxQuantity, stepSize: rules.stepSize },
  // Zero switches a part of the filter off: market orders only have a maximum of their own.
  { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: rules.maxMarketQuantity, stepSize: '0.00000000' },
  {
    filterType: 'PERCENT_PRICE_BY_SIDE',
    bidMultiplierUp: rules.bandUp,
    bidMultiplierDown: rules.bandDown,
    askMultiplierUp: rules.bandUp,
    askMultiplierDown: rules.bandDown,
    avgPriceMins: 5,
  },
  {
    filterType: 'NOTIONAL',
    minNotional: rules.minNotional,
    applyMinToMarket: true,
    maxNotional: rules.maxNotional,
    applyMaxToMarket: false,
    avgPriceMins: 5,
  },
  { filterType: 'MAX_NUM_ORDERS', maxNumOrders: rules.maxOpenOrders },
  { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: rules.maxConditionalOrders },
];

export const symbolInfo = (market: SpotMarket): object => ({
  symbol: market.symbol,
  status: 'TRADING',
  baseAsset: market.base,
  baseAssetPrecision: 8,
  quoteAsset: market.quote,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  baseCommissionPrecision: 8,
  quoteCommissionPrecision: 8,
  // ccxt refuses locally what is not listed here.
  orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'],
  icebergAllowed: false,
  ocoAllowed: false,
  otoAllowed: false,
  quoteOrderQtyMarketAllowed: true,
  allowTrailingStop: false,
  cancelReplaceAllowed: false,
  amendAllowed: false,
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  filters: filters(market),
  permissions: [],
  permissionSets: [['SPOT']],
  defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
  allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
});

const rateLimits = ({ weightPerMinute, orders }: BinanceLimits): readonly object[] => [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightPerMinute },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: orders.per10Seconds },
  { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: orders.perDay },
];

/** `GET /api/v3/exchangeInfo`: what clients learn filters and limits from. */
export const exchangeInfo = (markets: SpotMarkets, limits: BinanceLimits): PublicEndpoint => ({
  method: 'GET',
  path: '/api/v3/exchangeInfo',
  security: 'none',
  weight: 20,
  read: (params) => {
    const selected = markets.selected(params) ?? markets.all;
    // Every market here is spot and trading, so these select nothing away.
    for (const name of ['permissions', 'showPermissionSets', 'symbolStatus']) params.text(name);
    return ({ now }) =>
      json({
        timezone: 'UTC',
        serverTime: now(),
        rateLimits: rateLimits(limits),
        exchangeFilters: [],
        symbols: selected.map(symbolInfo),
      });
  },
});
