import { toFixedPlaces } from '@latchkey/kernel';
import { publicRead, result, type PublicEndpoint } from '../endpoint.js';
import { categories } from '../params.js';
import { refuse } from '../refusal.js';
import type { BybitMarkets, LinearMarket, SpotMarket } from './bybit-markets.js';

const launchTime = '1585526400000';
const riskParameters = { priceLimitRatioX: '0.05', priceLimitRatioY: '0.1' };

// The field order is the documentation's; deprecated fields stay, because ccxt takes its limits from them.
export const spotInstrument = ({ symbolId, symbol, base, quote, rules }: SpotMarket): object => ({
  symbolId,
  symbol,
  baseCoin: base,
  quoteCoin: quote,
  innovation: '0',
  symbolType: '',
  status: 'Trading',
  marginTrading: 'utaOnly',
  stTag: '0',
  lotSizeFilter: {
    basePrecision: rules.step,
    quotePrecision: rules.quoteStep,
    minOrderQty: rules.minQuantity,
    maxOrderQty: rules.maxQuantity,
    minOrderAmt: rules.minValue,
    maxOrderAmt: rules.maxValue,
    maxLimitOrderQty: rules.maxQuantity,
    maxMarketOrderQty: rules.maxMarketQuantity,
    postOnlyMaxLimitOrderSize: rules.maxQuantity,
  },
  priceFilter: { tickSize: rules.tickSize },
  riskParameters,
  forbidUplWithdrawal: false,
});

export const linearInstrument = ({ symbolId, symbol, base, quote, rules }: LinearMarket): object => {
  const price = (value: LinearMarket['rules']['tickSize']): string => toFixedPlaces(value, rules.priceScale);
  return {
    symbolId,
    symbol,
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin: base,
    quoteCoin: quote,
    symbolType: '',
    launchTime,
    deliveryTime: '0',
    deliveryFeeRate: '',
    priceScale: String(rules.priceScale),
    leverageFilter: { minLeverage: '1', maxLeverage: toFixedPlaces(rules.maxLeverage, 2), leverageStep: '0.01' },
    priceFilter: { minPrice: price(rules.minPrice), maxPrice: price(rules.maxPrice), tickSize: price(rules.tickSize) },
    lotSizeFilter: {
      maxOrderQty: rules.maxQuantity,
      minOrderQty: rules.minQuantity,
      qtyStep: rules.step,
      postOnlyMaxOrderQty: rules.maxQuantity,
      maxMktOrderQty: rules.maxMarketQuantity,
      minNotionalValue: rules.minValue,
    },
    unifiedMarginTrade: true,
    fundingInterval: 480,
    settleCoin: quote,
    copyTrading: 'both',
    upperFundingRate: '0.005',
    lowerFundingRate: '-0.005',
    displayName: symbol,
    forbidUplWithdrawal: false,
    riskParameters,
    isPreListing: false,
    preListingInfo: null,
  };
};

/** `GET /v5/market/instruments-info`. All pairs fit on one page; families and states that are not played have none. */
export const instrumentsInfo = (markets: BybitMarkets): PublicEndpoint =>
  publicRead('/v5/market/instruments-info', ({ params }) => {
    const category = params.oneOf('category', categories);
    if (category === undefined) throw refuse.parameter('category is required');
    const played = category === 'spot' || category === 'linear';
    const trading = (params.text('status') ?? 'Trading') === 'Trading';
    if (!played || !trading) return result({ category, list: [], nextPageCursor: '' });
    const baseCoin = params.text('baseCoin');
    const one = markets.optional(params, category);
    const shown = (one === undefined ? markets.of(category) : [one]).filter(
      ({ base }) => category === 'spot' || baseCoin === undefined || base === baseCoin,
    );
    const list = shown.map((market) => (market.category === 'spot' ? spotInstrument(market) : linearInstrument(market)));
    return result(category === 'spot' ? { category, list } : { category, list, nextPageCursor: '' });
  });
