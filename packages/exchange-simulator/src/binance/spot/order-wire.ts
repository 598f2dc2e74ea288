import { toFixedPlaces, zero, type Decimal } from '@latchkey/kernel';
import { executedQuantity, executedQuote, isConditional, type Fill, type Order } from '../../core/order.js';

export const responseTypes = ['ACK', 'RESULT', 'FULL'] as const;
export type ResponseType = (typeof responseTypes)[number];

/** Binance spot writes every amount with 8 decimal places. */
export const amount = (value: Decimal | undefined): string => toFixedPlaces(value ?? zero, 8);

const stopPriceOf = (order: Order): object => (isConditional(order.type) ? { stopPrice: amount(order.stopPrice) } : {});

// The field order is the documentation's. `cummulativeQuoteQty` is spelled so by the venue.
const result = (order: Order): object => ({
  price: amount(order.price),
  origQty: amount(order.quantity),
  executedQty: amount(executedQuantity(order)),
  origQuoteOrderQty: amount(order.quoteBudget),
  cummulativeQuoteQty: amount(executedQuote(order)),
  status: order.status.toUpperCase(),
  timeInForce: order.timeInForce.toUpperCase(),
  type: order.type.toUpperCase(),
  side: order.side.toUpperCase(),
  ...stopPriceOf(order),
  ...order.echo,
});

const workingTime = ({ workingSinceMs }: Order): number => workingSinceMs ?? -1;

const fillOf = ({ price, quantity, fee, feeAsset, tradeId }: Fill): object => ({
  price: amount(price),
  qty: amount(quantity),
  commission: amount(fee),
  commissionAsset: feeAsset,
  tradeId,
});

/** The answer to a new order, as long as the client asked for. */
export const newOrderWire = (order: Order, responseType: ResponseType): object => {
  const ack = {
    symbol: order.pair.symbol,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.updatedAtMs,
  };
  if (responseType === 'ACK') return ack;
  const full = responseType === 'FULL' ? { fills: order.fills.map(fillOf) } : {};
  return { ...ack, ...result(order), workingTime: workingTime(order), ...full };
};

/** An order as look-ups and lists show it. */
export const orderWire = (order: Order): object => ({
  symbol: order.pair.symbol,
  orderId: order.orderId,
  orderListId: -1,
  clientOrderId: order.clientOrderId,
  ...result(order),
  stopPrice: amount(order.stopPrice),
  icebergQty: amount(zero),
  time: order.acceptedAtMs,
  updateTime: order.updatedAtMs,
  isWorking: order.workingSinceMs !== undefined,
  workingTime: workingTime(order),
});

/** The answer to a cancel; `clientOrderId` is the cancel's own. */
export const canceledWire = (order: Order, cancelId: string): object => ({
  symbol: order.pair.symbol,
  origClientOrderId: order.clientOrderId,
  orderId: order.orderId,
  orderListId: -1,
  clientOrderId: cancelId,
  transactTime: order.updatedAtMs,
  ...result(order),
});

/** One fill as `myTrades` shows it. */
export const tradeWire = (order: Order, fill: Fill): object => ({
  symbol: order.pair.symbol,
  id: fill.tradeId,
  orderId: order.orderId,
  orderListId: -1,
  price: amount(fill.price),
  qty: amount(fill.quantity),
  quoteQty: amount(fill.quote),
  commission: amount(fill.fee),
  commissionAsset: fill.feeAsset,
  time: fill.atMs,
  isBuyer: order.side === 'buy',
  isMaker: fill.maker,
  isBestMatch: true,
});
