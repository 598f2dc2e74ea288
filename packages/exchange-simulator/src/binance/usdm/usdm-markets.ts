import { decimal, decimalPlaces, toFixedPlaces, type Decimal } from '@latchkey/kernel';
import type { MarketSymbol } from '../../core/names.js';
import type { Pair, Prices } from '../../core/prices.js';
import { legal, type Params } from '../params.js';
import { refuse } from '../refusal.js';
import { bracketTables, type Bracket } from './leverage-brackets.js';

/** USDM's filters for one symbol, as `exchangeInfo` publishes and the venue enforces them. */
export type UsdmRules = {
  readonly tickSize: Decimal;
  readonly minPrice: Decimal;
  readonly maxPrice: Decimal;
  readonly stepSize: Decimal;
  readonly maxQuantity: Decimal;
  readonly maxMarketQuantity: Decimal;
  readonly minNotional: Decimal;
  /** Times the mark price: the highest a buyer and the lowest a seller may ask. */
  readonly multiplierUp: Decimal;
  readonly multiplierDown: Decimal;
  /** Digits above which a number is refused unread (-1111). Not those of tick and step, on purpose: the venue warns not to mix them up. */
  readonly pricePrecision: number;
  readonly quantityPrecision: number;
  readonly maxOpenOrders: number;
  readonly brackets: readonly Bracket[];
};
export type UsdmMarket = Pair & { readonly rules: UsdmRules };

type Numbers = { readonly tick: string; readonly step: string; readonly notional: string; readonly most: string };
const rules = (
  { tick, step, notional, most }: Numbers,
  precision: Pick<UsdmRules, 'pricePrecision' | 'quantityPrecision' | 'brackets'>,
): UsdmRules => ({
  tickSize: decimal(tick),
  minPrice: decimal(tick),
  maxPrice: decimal('1000000'),
  stepSize: decimal(step),
  maxQuantity: decimal(most),
  maxMarketQuantity: decimal(most),
  minNotional: decimal(notional),
  multiplierUp: decimal('1.05'),
  multiplierDown: decimal('0.95'),
  maxOpenOrders: 200,
  ...precision,
});

// Tick, step and minimum as in `exchange-facts.md` 3.8.
const known: Readonly<Record<string, UsdmRules>> = {
  BTCUSDT: rules(
    { tick: '0.1', step: '0.001', notional: '50', most: '1000' },
    { pricePrecision: 2, quantityPrecision: 4, brackets: bracketTables.large },
  ),
  ETHUSDT: rules(
    { tick: '0.01', step: '0.001', notional: '20', most: '10000' },
    { pricePrecision: 3, quantityPrecision: 4, brackets: bracketTables.large },
  ),
  SOLUSDT: rules(
    { tick: '0.01', step: '0.01', notional: '5', most: '100000' },
    { pricePrecision: 4, quantityPrecision: 3, brackets: bracketTables.small },
  ),
};

export type UsdmMarkets = {
  readonly all: readonly UsdmMarket[];
  readonly of: (symbol: MarketSymbol) => UsdmMarket;
  /** @throws {BinanceRefusal} -1100, -1102, -1121 */
  readonly required: (params: Params) => UsdmMarket;
  /** @throws {BinanceRefusal} -1100, -1121 */
  readonly optional: (params: Params) => UsdmMarket | undefined;
};

export const createUsdmMarkets = (prices: Prices): UsdmMarkets => {
  const all = prices.pairs.flatMap((pair) => {
    const own = known[pair.symbol];
    return own === undefined ? [] : [{ ...pair, rules: own }];
  });
  const named = (symbol: string): UsdmMarket => {
    const market = all.find((candidate) => candidate.symbol === symbol);
    if (market === undefined) throw refuse.symbol();
    return market;
  };
  return {
    all,
    of: named,
    required: (params) => named(params.required('symbol', legal.symbol)),
    optional: (params) => {
      const symbol = params.text('symbol', legal.symbol);
      return symbol === undefined ? undefined : named(symbol);
    },
  };
};

/** A quantity with the step's digits. */
export const quantityText = ({ stepSize }: UsdmRules, quantity: Decimal): string =>
  toFixedPlaces(quantity, decimalPlaces(stepSize));
/** A price with the symbol's digits. */
export const priceText = ({ pricePrecision }: UsdmRules, price: Decimal): string => toFixedPlaces(price, pricePrecision);
/** Money as the account endpoints write it. */
export const money = (amount: Decimal): string => toFixedPlaces(amount, 8);
