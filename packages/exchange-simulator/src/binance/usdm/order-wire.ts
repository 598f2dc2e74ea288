import { isZero, toFixedPlaces, type Decimal } from '@latchkey/kernel';
import { averagePrice, executedQuantity, executedQuote, type Fill, type Order } from '../../core/order.js';
import { money, priceText, quantityText, type UsdmMarkets, type UsdmRules } from './usdm-markets.js';

/** Times in force as this venue writes them. */
export const times = { gtc: 'GTC', ioc: 'IOC', fok: 'FOK', post_only: 'GTX' } as const;

// Zero has no digits behind the point here, unlike in averages and sums.
const priceOrZero = (rules: UsdmRules, price: Decimal | undefined): string =>
  price === undefined || isZero(price) ? '0' : priceText(rules, price);

const common = (order: Order, rules: UsdmRules): object => ({
  clientOrderId: order.clientOrderId,
  executedQty: quantityText(rules, executedQuantity(order)),
  orderId: order.orderId,
  origQty: quantityText(rules, order.quantity),
  price: priceOrZero(rules, order.price),
  reduceOnly: order.linear?.reduceOnly ?? false,
  side: order.side.toUpperCase(),
  positionSide: (order.linear?.positionSide ?? 'both').toUpperCase(),
  status: order.status.toUpperCase(),
  stopPrice: '0',
  closePosition: false,
  symbol: order.pair.symbol,
  timeInForce: times[order.timeInForce],
  type: order.type.toUpperCase(),
  origType: order.type.toUpperCase(),
  updateTime: order.updatedAtMs,
  ...order.echo,
});

const sums = (order: Order): object => ({
  avgPrice: toFixedPlaces(averagePrice(order), 5),
  cumQuote: toFixedPlaces(executedQuote(order), 5),
});

/** An order as look-ups and lists show it. */
export const usdmOrderWire = (markets: UsdmMarkets, order: Order): object => ({
  ...sums(order),
  ...common(order, markets.of(order.pair.symbol).rules),
  time: order.acceptedAtMs,
});

/**
 * The answer to a new order and to a cancel. `avgPrice` and `cumQuote` stood in older examples and are not in the current definition:
 * clients must do without them.
 */
export const usdmChangeWire = (markets: UsdmMarkets, order: Order): object => {
  const { rules } = markets.of(order.pair.symbol);
  return { ...common(order, rules), cumQty: quantityText(rules, executedQuantity(order)) };
};

/** The answer to a tested order, which has the sums that a real one lacks. */
export const usdmTestWire = (markets: UsdmMarkets, order: Order): object => ({
  ...usdmChangeWire(markets, order),
  ...sums(order),
});

/** One fill as `userTrades` shows it. */
export const usdmTradeWire = (markets: UsdmMarkets, order: Order, fill: Fill): object => {
  const { rules, quote } = markets.of(order.pair.symbol);
  return {
    buyer: order.side === 'buy',
    commission: money(fill.fee),
    commissionAsset: fill.feeAsset,
    id: fill.tradeId,
    maker: fill.maker,
    orderId: order.orderId,
    price: priceText(rules, fill.price),
    qty: quantityText(rules, fill.quantity),
    quoteQty: toFixedPlaces(fill.quote, 5),
    realizedPnl: money(fill.realisedPnl ?? ('0' as Decimal)),
    marginAsset: quote,
    side: order.side.toUpperCase(),
    positionSide: (order.linear?.positionSide ?? 'both').toUpperCase(),
    symbol: order.pair.symbol,
    time: fill.atMs,
  };
};
