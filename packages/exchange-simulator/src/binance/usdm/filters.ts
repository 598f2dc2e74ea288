import { compare, isMultipleOf, multiply, type Decimal } from '@latchkey/kernel';
import type { BinanceRefusal } from '../refusal.js';
import type { UsdmOrderRequest } from './order-params.js';
import { refuseUsdm } from './usdm-refusal.js';

/** What filters look at besides the order. */
export type FilterContext = {
  readonly lastPrice: Decimal;
  readonly markPrice: Decimal;
  /** The account's open orders on the symbol, without the new one. */
  readonly openOrders: number;
  /** True for what can only make a position smaller: no minimum then. */
  readonly closing: boolean;
};

const brokenByPrice = ({ market: { rules }, side, price }: UsdmOrderRequest, { markPrice, lastPrice }: FilterContext) => {
  const cap = multiply(markPrice, rules.multiplierUp);
  const floor = multiply(markPrice, rules.multiplierDown);
  if (price === undefined) {
    const tooFar = side === 'buy' ? compare(lastPrice, cap) > 0 : compare(lastPrice, floor) < 0;
    return tooFar ? refuseUsdm.marketPrice() : undefined;
  }
  if (compare(price, rules.maxPrice) > 0) return refuseUsdm.priceAboveMax();
  if (compare(price, rules.minPrice) < 0) return refuseUsdm.priceBelowMin();
  if (!isMultipleOf(price, rules.tickSize)) return refuseUsdm.tickSize();
  if (side === 'buy' && compare(price, cap) > 0) return refuseUsdm.priceAboveCap();
  return side === 'sell' && compare(price, floor) < 0 ? refuseUsdm.priceBelowFloor() : undefined;
};

const brokenByQuantity = ({ market: { rules }, type, quantity }: UsdmOrderRequest) => {
  const most = type === 'market' ? rules.maxMarketQuantity : rules.maxQuantity;
  if (compare(quantity, rules.stepSize) < 0) return refuseUsdm.quantityBelowMin();
  if (compare(quantity, most) > 0) return refuseUsdm.quantityAboveMax();
  return isMultipleOf(quantity, rules.stepSize) ? undefined : refuseUsdm.stepSize();
};

/**
 * The first filter that the order breaks. PERCENT_PRICE is held against the mark price, MIN_NOTIONAL against the order's own price.
 *
 * @see Binance USDⓈ-M Futures API, "Common definition", filters
 */
export const brokenUsdmFilter = (order: UsdmOrderRequest, context: FilterContext): BinanceRefusal | undefined => {
  const broken = brokenByPrice(order, context) ?? brokenByQuantity(order);
  if (broken !== undefined) return broken;
  const { rules } = order.market;
  const notional = multiply(order.quantity, order.price ?? context.lastPrice);
  if (!context.closing && compare(notional, rules.minNotional) < 0) return refuseUsdm.notional(rules.minNotional);
  return context.openOrders >= rules.maxOpenOrders ? refuseUsdm.openOrders() : undefined;
};
