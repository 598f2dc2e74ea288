import { compare, isMultipleOf, isPositive, multiply, subtract, type Decimal } from '@latchkey/kernel';
import { isConditional, type OrderType } from '../../core/order.js';
import type { SpotRules } from './spot-markets.js';

/** What filters look at. `quantity` is absent when a quote budget is given: the engine then picks one that fits. */
export type FilteredOrder = {
  readonly type: OrderType;
  readonly quantity?: Decimal;
  readonly quoteBudget?: Decimal;
  readonly price?: Decimal;
  readonly stopPrice?: Decimal;
};

/** The account's open orders on the symbol, without the new one. */
export type OpenCounts = { readonly orders: number; readonly conditional: number };

export type FilterName =
  | 'PRICE_FILTER'
  | 'PERCENT_PRICE_BY_SIDE'
  | 'LOT_SIZE'
  | 'MARKET_LOT_SIZE'
  | 'NOTIONAL'
  | 'MAX_NUM_ORDERS'
  | 'MAX_NUM_ALGO_ORDERS';

const within = (value: Decimal, low: Decimal, high: Decimal): boolean => compare(value, low) >= 0 && compare(value, high) <= 0;

const priceFits = (price: Decimal, { minPrice, maxPrice, tickSize }: SpotRules): boolean =>
  within(price, minPrice, maxPrice) && isMultipleOf(subtract(price, minPrice), tickSize);

const quantityFits = (quantity: Decimal, { minQuantity, maxQuantity, stepSize }: SpotRules): boolean =>
  within(quantity, minQuantity, maxQuantity) && isMultipleOf(subtract(quantity, minQuantity), stepSize);

const isMarketLike = (type: OrderType): boolean => type === 'market' || type === 'stop_loss' || type === 'take_profit';

const notionalFits = (
  { type, quantity, quoteBudget, price, stopPrice }: FilteredOrder,
  rules: SpotRules,
  marketPrice: Decimal,
): boolean => {
  const notional = quoteBudget ?? (quantity === undefined ? undefined : multiply(quantity, price ?? stopPrice ?? marketPrice));
  if (notional === undefined) return true;
  const tooBig = !isMarketLike(type) && compare(notional, rules.maxNotional) > 0; // `applyMaxToMarket` is false
  return compare(notional, rules.minNotional) >= 0 && !tooBig;
};

/**
 * The first filter that the order breaks, in the venue's order of severity: a quantity below the lot is told as such before its worth is.
 *
 * @see Binance Spot API, "Filters"
 */
export const brokenFilter = (
  order: FilteredOrder,
  rules: SpotRules,
  marketPrice: Decimal,
  open: OpenCounts,
): FilterName | undefined => {
  const { type, price, stopPrice, quantity } = order;
  const prices = [price, stopPrice].filter((given) => given !== undefined);
  if (prices.some((given) => !priceFits(given, rules))) return 'PRICE_FILTER';
  if (price !== undefined && !within(price, multiply(marketPrice, rules.bandDown), multiply(marketPrice, rules.bandUp))) {
    return 'PERCENT_PRICE_BY_SIDE';
  }
  if (quantity !== undefined && !quantityFits(quantity, rules)) return 'LOT_SIZE';
  if (quantity !== undefined && isMarketLike(type) && compare(quantity, rules.maxMarketQuantity) > 0) return 'MARKET_LOT_SIZE';
  if (!notionalFits(order, rules, marketPrice)) return 'NOTIONAL';
  if (open.orders >= rules.maxOpenOrders) return 'MAX_NUM_ORDERS';
  return isConditional(type) && open.conditional >= rules.maxConditionalOrders ? 'MAX_NUM_ALGO_ORDERS' : undefined;
};

/** True for amounts that the venue calls invalid before it looks at any filter. */
export const isInvalidAmount = (amount: Decimal | undefined): boolean => amount !== undefined && !isPositive(amount);
