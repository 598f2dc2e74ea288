import { decimal, type Decimal } from '@latchkey/kernel';
import type { Pair, Prices } from '../../core/prices.js';
import { legal, type Params } from '../params.js';
import { refuse } from '../refusal.js';

/** Binance spot's filters for one pair, as `exchangeInfo` publishes and the venue enforces them. */
export type SpotRules = {
  readonly tickSize: Decimal;
  readonly minPrice: Decimal;
  readonly maxPrice: Decimal;
  readonly stepSize: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly maxMarketQuantity: Decimal;
  readonly minNotional: Decimal;
  readonly maxNotional: Decimal;
  /** A price may be this many times the market's, and no less than that part of it. */
  readonly bandUp: Decimal;
  readonly bandDown: Decimal;
  readonly maxOpenOrders: number;
  readonly maxConditionalOrders: number;
};

export type SpotMarket = Pair & { readonly rules: SpotRules };

const rules = (stepSize: string, maxQuantity: string, maxMarketQuantity: string): SpotRules => ({
  tickSize: decimal('0.01'),
  minPrice: decimal('0.01'),
  maxPrice: decimal('1000000'),
  stepSize: decimal(stepSize),
  minQuantity: decimal(stepSize),
  maxQuantity: decimal(maxQuantity),
  maxMarketQuantity: decimal(maxMarketQuantity),
  minNotional: decimal('5'),
  maxNotional: decimal('9000000'),
  bandUp: decimal('5'),
  bandDown: decimal('0.2'),
  maxOpenOrders: 200,
  maxConditionalOrders: 5,
});

// Tick, step and minimum as in `exchange-facts.md` 3.8; the maximums are of the live venue's order of magnitude.
const known: Readonly<Record<string, SpotRules>> = {
  BTCUSDT: rules('0.00001', '9000', '120'),
  ETHUSDT: rules('0.0001', '9000', '2500'),
  SOLUSDT: rules('0.001', '90000', '40000'),
};

export type SpotMarkets = {
  readonly all: readonly SpotMarket[];
  /** @throws {BinanceRefusal} -1100, -1102, -1121 */
  readonly required: (params: Params) => SpotMarket;
  /** @throws {BinanceRefusal} -1100, -1121 */
  readonly optional: (params: Params) => SpotMarket | undefined;
  /** The markets of `symbols` (a JSON array) or `symbol`; none of the two: undefined. */
  readonly selected: (params: Params) => readonly SpotMarket[] | undefined;
};

const symbolList = (text: string): readonly string[] => {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((entry) => typeof entry === 'string')) return list;
  } catch {
    // falls through to the same refusal as a wrong shape
  }
  throw refuse.json('symbols');
};

export const createSpotMarkets = (prices: Prices): SpotMarkets => {
  const all = prices.pairs.flatMap((pair) => {
    const own = known[pair.symbol];
    return own === undefined ? [] : [{ ...pair, rules: own }];
  });
  const named = (symbol: string): SpotMarket => {
    const market = all.find((candidate) => candidate.symbol === symbol);
    if (market === undefined) throw refuse.symbol();
    return market;
  };
  const optional = (params: Params): SpotMarket | undefined => {
    const symbol = params.text('symbol', legal.symbol);
    return symbol === undefined ? undefined : named(symbol);
  };
  return {
    all,
    optional,
    required: (params) => named(params.required('symbol', legal.symbol)),
    selected: (params) => {
      const single = optional(params);
      const list = params.text('symbols');
      if (single !== undefined) return [single];
      if (list === undefined) return undefined;
      const symbols = symbolList(list);
      if (new Set(symbols).size < symbols.length) throw refuse.duplicateSymbols();
      return symbols.map(named);
    },
  };
};
