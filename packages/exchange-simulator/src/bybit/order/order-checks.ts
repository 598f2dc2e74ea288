import { add, compare, decimal, isMultipleOf, isZero, multiply, roundDownToStep, subtract, type Decimal } from '@latchkey/kernel';
import { priceBand } from '../market/bybit-markets.js';
import { refuse } from '../refusal.js';
import { isSpot, type LinearRequest, type OrderRequest, type SpotRequest } from './order-params.js';

const one = decimal('1');
const below = (value: Decimal, limit: Decimal): boolean => compare(value, limit) < 0;
const above = (value: Decimal, limit: Decimal): boolean => compare(value, limit) > 0;

/** How far a limit may go: buys are held back above the market, sells below it; away from it every price is taken. */
const bandEdge = (side: 'buy' | 'sell', marketPrice: Decimal): Decimal =>
  multiply(marketPrice, side === 'buy' ? add(one, priceBand) : subtract(one, priceBand));

const isBeyondBand = ({ side, price }: OrderRequest, marketPrice: Decimal): boolean => {
  if (price === undefined) return false;
  const edge = bandEdge(side, marketPrice);
  return side === 'buy' ? above(price, edge) : below(price, edge);
};

const checkSpotQuantity = ({ qty, market: { rules } }: SpotRequest): void => {
  if (below(qty, rules.minQuantity)) throw refuse.spot.tooSmall();
  if (!isMultipleOf(qty, rules.step)) throw refuse.spot.quantityDecimals();
  if (above(qty, rules.maxQuantity)) throw refuse.spot.tooLarge();
};

/** @throws {BybitRefusal} 170134, 170136, 170137, 170124, 170140, 170193, 170194 */
const checkSpot = (request: SpotRequest, marketPrice: Decimal): void => {
  const { market, price, qty, side, marketUnit, trigger } = request;
  const { rules } = market;
  if (price !== undefined && !isMultipleOf(price, rules.tickSize)) throw refuse.spot.priceDecimals();
  if (marketUnit !== 'quoteCoin') checkSpotQuantity(request);
  else if (!isMultipleOf(qty, rules.quoteStep)) throw refuse.spot.quantityDecimals();
  const value = marketUnit === 'quoteCoin' ? qty : multiply(qty, price ?? trigger?.price ?? marketPrice);
  if (below(value, rules.minValue)) throw refuse.spot.value();
  if (above(value, rules.maxValue)) throw refuse.spot.tooLarge();
  if (isBeyondBand(request, marketPrice) && trigger === undefined) {
    const edge = bandEdge(side, marketPrice);
    throw side === 'buy' ? refuse.spot.buyPrice(edge) : refuse.spot.sellPrice(edge);
  }
};

/** @throws {BybitRefusal} 10001, 110003, 110017, 110094; what reduces a position has no minimum value */
const checkLinear = (request: LinearRequest, marketPrice: Decimal): void => {
  const { market, price, qty, reduceOnly, trigger } = request;
  const { rules } = market;
  if (isZero(roundDownToStep(qty, rules.step))) throw refuse.linear.truncated();
  if (!isMultipleOf(qty, rules.step)) throw refuse.request('Qty invalid');
  if (above(qty, rules.maxQuantity)) {
    throw refuse.request(
      `The number of contracts exceeds maximum limit allowed: too large, order_qty:${qty} > max_qty:${rules.maxQuantity}`,
    );
  }
  if (price !== undefined && (below(price, rules.minPrice) || above(price, rules.maxPrice))) throw refuse.linear.priceRange();
  if (price !== undefined && !isMultipleOf(price, rules.tickSize)) throw refuse.request('Price invalid');
  if (isBeyondBand(request, marketPrice) && trigger === undefined) throw refuse.linear.priceRange();
  const value = multiply(qty, price ?? trigger?.price ?? marketPrice);
  if (!reduceOnly && below(value, rules.minValue)) throw refuse.linear.notional(rules.minValue);
};

/** The checks that need only the request, the market's rules and its price. */
export const checkOrder = (request: OrderRequest, marketPrice: Decimal): void =>
  isSpot(request) ? checkSpot(request, marketPrice) : checkLinear(request, marketPrice);
