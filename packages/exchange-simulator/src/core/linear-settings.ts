import { compare, isPositive, subtract } from '@latchkey/kernel';
import type { LinearRules } from './engine-rules.js';
import type { Holder, LinearFunds } from './linear-funds.js';
import type { MarginType, PositionMode } from './linear-account.js';
import { totalMargin } from './margin.js';
import type { ApiKey, MarketSymbol } from './names.js';
import type { MarketBook } from './order-book.js';
import { isFlat } from './positions.js';
import type { Prices } from './prices.js';

/** Why a setting stays as it is. `unchanged`: it already was so. */
export type SettingRefusal = 'unchanged' | 'open_orders' | 'open_position';
export type LeverageRefusal =
  /** The position is larger than the new leverage allows. */
  | 'position_limit'
  /** The position would need more margin than there is. */
  | 'insufficient_margin'
  /** An isolated position's leverage cannot go down. */
  | 'isolated_position';

/** Each sets and returns undefined, or changes nothing and says why. Without a symbol a setting is meant for the whole account. */
export type LinearSettings = {
  /** Setting the same leverage again is no refusal here; venues that mind compare before. */
  readonly setLeverage: (apiKey: ApiKey, symbol: MarketSymbol, leverage: number) => LeverageRefusal | undefined;
  readonly setMarginType: (apiKey: ApiKey, type: MarginType, symbol?: MarketSymbol) => SettingRefusal | undefined;
  readonly setPositionMode: (apiKey: ApiKey, mode: PositionMode, symbol?: MarketSymbol) => SettingRefusal | undefined;
};

export const createLinearSettings = ({
  book,
  funds,
  holderOf,
  rules,
  prices,
}: {
  readonly book: MarketBook;
  readonly funds: LinearFunds;
  readonly holderOf: (apiKey: ApiKey) => Holder;
  readonly rules: LinearRules;
  readonly prices: Prices;
}): LinearSettings => {
  const symbols = (symbol: MarketSymbol | undefined): readonly MarketSymbol[] =>
    symbol === undefined ? prices.pairs.map((pair) => pair.symbol) : [symbol];
  const concerns = (symbol: MarketSymbol | undefined) => (of: { readonly pair: { readonly symbol: MarketSymbol } }) =>
    symbol === undefined || of.pair.symbol === symbol;

  /** Open orders are named before positions, as both venues do. */
  const inTheWay = (apiKey: ApiKey, symbol: MarketSymbol | undefined): SettingRefusal | undefined => {
    if (book.openOf(apiKey).some(concerns(symbol))) return 'open_orders';
    const open = holderOf(apiKey)
      .linear.positions()
      .filter((position) => !isFlat(position));
    return open.some(concerns(symbol)) ? 'open_position' : undefined;
  };

  const refuseLeverage = (apiKey: ApiKey, symbol: MarketSymbol, leverage: number): LeverageRefusal | undefined => {
    const { linear } = holderOf(apiKey);
    const before = linear.leverage(symbol);
    const slots = funds.slotsWith(apiKey, []);
    const own = slots.filter((slot) => slot.symbol === symbol);
    const isolated = own.some(
      ({ marginType, position }) => marginType === 'isolated' && position !== undefined && !isFlat(position),
    );
    if (isolated && leverage < before) return 'isolated_position';
    const limit = rules.maxNotional(symbol, leverage);
    if (limit !== undefined && own.some(({ worstNotional }) => compare(worstNotional, limit) > 0)) return 'position_limit';
    const then = funds.slotsAt(apiKey, symbol, leverage);
    const more = subtract(totalMargin(then), totalMargin(slots));
    return isPositive(more) && compare(more, funds.view(apiKey).available) > 0 ? 'insufficient_margin' : undefined;
  };

  return {
    setLeverage: (apiKey, symbol, leverage) => {
      const refusal = refuseLeverage(apiKey, symbol, leverage);
      if (refusal !== undefined) return refusal;
      holderOf(apiKey).linear.setLeverage(leverage, symbol);
      funds.reserve(apiKey);
      return undefined;
    },
    setMarginType: (apiKey, type, symbol) => {
      const { linear } = holderOf(apiKey);
      if (symbols(symbol).every((one) => linear.marginType(one) === type)) return 'unchanged';
      const refusal = inTheWay(apiKey, symbol);
      if (refusal === undefined) linear.setMarginType(type, symbol);
      return refusal;
    },
    setPositionMode: (apiKey, mode, symbol) => {
      const { linear } = holderOf(apiKey);
      if (symbols(symbol).every((one) => linear.positionMode(one) === mode)) return 'unchanged';
      const refusal = inTheWay(apiKey, symbol);
      if (refusal === undefined) linear.setPositionMode(mode, symbol);
      return refusal;
    },
  };
};
