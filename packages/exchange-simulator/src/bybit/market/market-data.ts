import { multiply, toFixedPlaces, decimal, divide, type Decimal } from '@latchkey/kernel';
import type { World } from '../../core/world.js';
import { publicRead, result, type Call, type PublicEndpoint } from '../endpoint.js';
import { refuse } from '../refusal.js';
import type { BybitMarkets, LinearMarket, Market, SpotMarket } from './bybit-markets.js';
import { instrumentsInfo } from './instruments.js';

const depth = '1000';
const eightHoursMs = 28_800_000;

/** The market stands still, so the day's open, high and low are all its price, and nobody traded. */
const still = (price: Decimal): object => ({
  lastPrice: price,
  prevPrice24h: price,
  price24hPcnt: '0',
  highPrice24h: price,
  lowPrice24h: price,
  turnover24h: '0',
  volume24h: '0',
  bid1Price: price,
  bid1Size: depth,
  ask1Price: price,
  ask1Size: depth,
});

const spotTicker = ({ symbol }: SpotMarket, price: Decimal): object => ({ symbol, ...still(price), usdIndexPrice: price });

const linearTicker = ({ symbol }: LinearMarket, price: Decimal, markPrice: Decimal, nowMs: number): object => ({
  symbol,
  ...still(price),
  indexPrice: price,
  markPrice,
  prevPrice1h: price,
  openInterest: '0',
  openInterestValue: '0',
  fundingRate: '0.0001',
  nextFundingTime: String((Math.floor(nowMs / eightHoursMs) + 1) * eightHoursMs),
  fundingIntervalHour: '8',
  predictedDeliveryPrice: '',
  basisRate: '',
  basis: '',
  deliveryFeeRate: '',
  deliveryTime: '0',
});

const maintenanceOf = (maxLeverage: Decimal): { readonly initial: Decimal; readonly maintenance: Decimal } => {
  const initial = divide(decimal('1'), maxLeverage);
  return { initial, maintenance: multiply(initial, decimal('0.5')) };
};

const riskLimit = ({ symbolId, symbol, rules }: LinearMarket): object => {
  const { initial, maintenance } = maintenanceOf(rules.maxLeverage);
  return {
    id: symbolId,
    symbol,
    riskLimitValue: rules.riskLimitValue,
    maintenanceMargin: maintenance,
    initialMargin: initial,
    isLowestRisk: 1,
    maxLeverage: toFixedPlaces(rules.maxLeverage, 2),
    mmDeduction: '',
  };
};

/** Public market data: both sides of the book stand at the one price, deep enough for every order. */
export const marketData = ({ prices }: World, markets: BybitMarkets): readonly PublicEndpoint[] => {
  const ticker = (market: Market, nowMs: number): object => {
    const price = prices.of(market.symbol);
    return market.category === 'spot'
      ? spotTicker(market, price)
      : linearTicker(market, price, prices.mark(market.symbol), nowMs);
  };
  const linearOnly = ({ params }: Call): readonly LinearMarket[] => {
    if (params.category() !== 'linear') throw refuse.parameter('category invalid');
    const one = markets.optional(params, 'linear');
    return markets.linear.filter(({ symbol }) => one === undefined || symbol === one.symbol);
  };
  return [
    publicRead('/v5/market/time', ({ now }) => {
      const ms = now();
      return result({ timeSecond: String(Math.floor(ms / 1_000)), timeNano: `${ms}000000` });
    }),
    instrumentsInfo(markets),
    publicRead('/v5/market/tickers', ({ params, now }) => {
      const category = params.category();
      const one = markets.optional(params, category);
      return result({
        category,
        list: (one === undefined ? markets.of(category) : [one]).map((market) => ticker(market, now())),
      });
    }),
    publicRead('/v5/market/orderbook', ({ params, now }) => {
      const { symbol } = markets.required(params, params.category());
      params.integer('limit');
      const level = [prices.of(symbol), depth];
      return result({ s: symbol, b: [level], a: [level], ts: now(), u: 1, seq: 1, cts: now() });
    }),
    publicRead('/v5/market/recent-trade', ({ params }) => {
      const category = params.category();
      markets.required(params, category);
      return result({ category, list: [] });
    }),
    publicRead('/v5/market/risk-limit', (call) =>
      result({ category: 'linear', list: linearOnly(call).map(riskLimit), nextPageCursor: '' }),
    ),
  ];
};
