import { decimal, type Decimal } from '@latchkey/kernel';
import type { Pair, Prices } from '../../core/prices.js';
import type { Category, Params } from '../params.js';
import { refuse } from '../refusal.js';

/** What both product families publish about a pair. */
type CommonRules = {
  readonly tickSize: Decimal;
  /** `basePrecision` on spot, `qtyStep` on linear. */
  readonly step: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly maxMarketQuantity: Decimal;
  /** In quote units: `minOrderAmt`, `minNotionalValue`. */
  readonly minValue: Decimal;
};
export type SpotRules = CommonRules & { readonly quoteStep: Decimal; readonly maxValue: Decimal };
export type LinearRules = CommonRules & {
  readonly priceScale: number;
  readonly minPrice: Decimal;
  readonly maxPrice: Decimal;
  readonly maxLeverage: Decimal;
  /** Position value up to which that leverage is allowed. */
  readonly riskLimitValue: Decimal;
};

export type SpotMarket = Pair & { readonly category: 'spot'; readonly rules: SpotRules; readonly symbolId: number };
export type LinearMarket = Pair & { readonly category: 'linear'; readonly rules: LinearRules; readonly symbolId: number };
export type Market = SpotMarket | LinearMarket;

/**
 * How far a buy may be priced above the market and a sell below it. The venue's formula has two ratios and is not given in numbers; here
 * one ratio does.
 */
export const priceBand = decimal('0.1');

const spotRules = (tickSize: string, step: string, minQuantity: string, maxQuantity: string): SpotRules => ({
  tickSize: decimal(tickSize),
  step: decimal(step),
  minQuantity: decimal(minQuantity),
  maxQuantity: decimal(maxQuantity),
  maxMarketQuantity: decimal(maxQuantity),
  minValue: decimal('5'),
  maxValue: decimal('8000000'),
  quoteStep: decimal('0.0000001'),
});

const linearRules = (tickSize: string, priceScale: number, step: string, maxQuantity: string, maxPrice: string): LinearRules => ({
  tickSize: decimal(tickSize),
  priceScale,
  step: decimal(step),
  minQuantity: decimal(step),
  maxQuantity: decimal(maxQuantity),
  maxMarketQuantity: decimal(maxQuantity),
  minValue: decimal('5'),
  minPrice: decimal(tickSize),
  maxPrice: decimal(maxPrice),
  maxLeverage: decimal('100'),
  riskLimitValue: decimal('2000000'),
});

// Tick, step and minimum as in `exchange-facts.md` 4.8; the maximums are of the live venue's order of magnitude.
const spot: Readonly<Record<string, SpotRules>> = {
  BTCUSDT: spotRules('0.1', '0.000001', '0.000011', '83'),
  ETHUSDT: spotRules('0.01', '0.00001', '0.00021', '2000'),
  SOLUSDT: spotRules('0.01', '0.001', '0.005', '46000'),
};
const linear: Readonly<Record<string, LinearRules>> = {
  BTCUSDT: linearRules('0.1', 2, '0.001', '1190', '1999999.8'),
  ETHUSDT: linearRules('0.01', 2, '0.01', '7240', '199999.98'),
  SOLUSDT: linearRules('0.01', 3, '0.1', '79770', '19999.98'),
};

export type BybitMarkets = {
  readonly spot: readonly SpotMarket[];
  readonly linear: readonly LinearMarket[];
  readonly of: (category: Category) => readonly Market[];
  /** @throws {BybitRefusal} 10001 */
  readonly required: {
    (params: Params, category: 'spot'): SpotMarket;
    (params: Params, category: 'linear'): LinearMarket;
    (params: Params, category: Category): Market;
  };
  /** @throws {BybitRefusal} 10001 for a symbol that does not exist */
  readonly optional: (params: Params, category: Category) => Market | undefined;
};

export const createBybitMarkets = ({ pairs }: Prices): BybitMarkets => {
  const spotMarkets = pairs.flatMap((pair, index): SpotMarket[] => {
    const rules = spot[pair.symbol];
    return rules === undefined ? [] : [{ ...pair, category: 'spot', rules, symbolId: 100 + index }];
  });
  const linearMarkets = pairs.flatMap((pair, index): LinearMarket[] => {
    const rules = linear[pair.symbol];
    return rules === undefined ? [] : [{ ...pair, category: 'linear', rules, symbolId: 200 + index }];
  });
  const of = (category: Category): readonly Market[] => (category === 'spot' ? spotMarkets : linearMarkets);
  const named = <Known extends Market>(markets: readonly Known[], symbol: string): Known => {
    const market = markets.find((candidate) => candidate.symbol === symbol);
    if (market === undefined) throw refuse.symbol();
    return market;
  };
  return {
    spot: spotMarkets,
    linear: linearMarkets,
    of,
    required: ((params: Params, category: Category) =>
      named(of(category), params.required('symbol'))) as BybitMarkets['required'],
    optional: (params, category) => {
      const symbol = params.text('symbol');
      return symbol === undefined ? undefined : named(of(category), symbol);
    },
  };
};
