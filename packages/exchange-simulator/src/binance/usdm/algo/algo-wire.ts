import { isZero, toFixedPlaces, zero, type Decimal } from '@latchkey/kernel';
import type { AlgoOrder } from '../../../core/algo-order.js';
import { times } from '../order-wire.js';
import { priceText, quantityText, type UsdmMarkets, type UsdmRules } from '../usdm-markets.js';

const priceOrZero = (rules: UsdmRules, price: Decimal | undefined): string =>
  price === undefined || isZero(price) ? '0' : priceText(rules, price);

const common = (order: AlgoOrder, rules: UsdmRules) => ({
  algoId: order.algoId,
  clientAlgoId: order.clientAlgoId,
  algoType: 'CONDITIONAL',
  orderType: order.type.toUpperCase(),
  symbol: order.pair.symbol,
  side: order.side.toUpperCase(),
  positionSide: order.linear.positionSide.toUpperCase(),
  timeInForce: times[order.timeInForce],
  quantity: quantityText(rules, order.quantity ?? zero),
  algoStatus: order.status.toUpperCase(),
});

const terms = (order: AlgoOrder, rules: UsdmRules) => ({
  triggerPrice: priceText(rules, order.trigger.price),
  price: priceOrZero(rules, order.price),
  icebergQuantity: null,
});

const rest = (order: AlgoOrder) => ({
  selfTradePreventionMode: order.echo['selfTradePreventionMode'],
  workingType: order.echo['workingType'],
  priceMatch: order.echo['priceMatch'],
  closePosition: order.closePosition,
  priceProtect: order.echo['priceProtect'],
  reduceOnly: order.linear.reduceOnly,
  createTime: order.acceptedAtMs,
  updateTime: order.updatedAtMs,
  triggerTime: order.triggeredAtMs ?? 0,
  goodTillDate: 0,
});

/** The answer to a new conditional order. */
export const newAlgoWire = (markets: UsdmMarkets, order: AlgoOrder): object => {
  const { rules } = markets.of(order.pair.symbol);
  return { ...common(order, rules), ...terms(order, rules), ...rest(order) };
};

/** What a conditional order tells of the order it brought, in the engine's words. */
export const childTexts = ({ child }: AlgoOrder, rules: UsdmRules) => ({
  id: child === undefined ? '' : String(child.orderId),
  type: child === undefined ? '' : child.type.toUpperCase(),
  quantity: child === undefined ? '' : quantityText(rules, child.executed),
  price: child === undefined ? '0.00000' : toFixedPlaces(child.averagePrice, 5),
});

/** A conditional order as look-ups and lists show it. */
export const algoWire = (markets: UsdmMarkets, order: AlgoOrder): object => {
  const { rules } = markets.of(order.pair.symbol);
  const child = childTexts(order, rules);
  return {
    ...common(order, rules),
    actualOrderId: child.id,
    actualPrice: child.price,
    actualType: child.type,
    actualQty: child.quantity,
    ...terms(order, rules),
    tpOrderType: '',
    ...rest(order),
  };
};
