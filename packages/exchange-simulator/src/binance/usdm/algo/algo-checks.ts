import { compare, isMultipleOf, multiply } from '@latchkey/kernel';
import type { AlgoOrder } from '../../../core/algo-order.js';
import { isAlgoOpen } from '../../../core/algo-order.js';
import { hasReached } from '../../../core/triggers.js';
import { refuseUsdm } from '../usdm-refusal.js';
import type { UsdmParts } from '../usdm-parts.js';
import type { BinanceRefusal } from '../../refusal.js';
import type { AlgoRequest } from './algo-params.js';

/** Of one account and symbol together. */
const mostOpen = 200;

const family = ({ type }: Pick<AlgoOrder, 'type'>): string => (type.startsWith('stop') ? 'stop' : 'take_profit');

/** The first rule of the symbol that the order breaks; what closes or reduces has no least worth. */
export const brokenAlgoFilter = (request: AlgoRequest): BinanceRefusal | undefined => {
  const { rules } = request.market;
  const { quantity, price, triggerPrice, reduceOnly = false, closePosition } = request;
  for (const one of [triggerPrice, price]) {
    if (one === undefined) continue;
    if (compare(one, rules.maxPrice) > 0) return refuseUsdm.priceAboveMax();
    if (compare(one, rules.minPrice) < 0) return refuseUsdm.priceBelowMin();
    if (!isMultipleOf(one, rules.tickSize)) return refuseUsdm.tickSize();
  }
  if (quantity === undefined) return undefined;
  if (compare(quantity, rules.stepSize) < 0) return refuseUsdm.quantityBelowMin();
  if (compare(quantity, price === undefined ? rules.maxMarketQuantity : rules.maxQuantity) > 0)
    return refuseUsdm.quantityAboveMax();
  if (!isMultipleOf(quantity, rules.stepSize)) return refuseUsdm.stepSize();
  const worth = multiply(quantity, price ?? triggerPrice);
  return !reduceOnly && !closePosition && compare(worth, rules.minNotional) < 0
    ? refuseUsdm.notional(rules.minNotional)
    : undefined;
};

/** What keeps the order from being taken now. */
export const algoRefusal = ({ world }: UsdmParts, order: AlgoOrder): BinanceRefusal | undefined => {
  const { prices, algoBook } = world;
  const own = algoBook.ofAccount(order.apiKey).filter(isAlgoOpen);
  const { symbol } = order.pair;
  if (own.some(({ clientAlgoId }) => clientAlgoId === order.clientAlgoId)) return refuseUsdm.duplicateClientOrderId();
  if (hasReached(order.trigger, order.triggeredBy === 'mark' ? prices.mark(symbol) : prices.of(symbol)))
    return refuseUsdm.wouldTrigger();
  const ofSymbol = own.filter(({ pair }) => pair.symbol === symbol);
  if (ofSymbol.length >= mostOpen) return refuseUsdm.stopOrders();
  const closes = (other: AlgoOrder): boolean =>
    other.closePosition &&
    other.side === order.side &&
    family(other) === family(order) &&
    other.linear.positionSide === order.linear.positionSide;
  return order.closePosition && ofSymbol.some(closes) ? refuseUsdm.closePositionTwice() : undefined;
};
