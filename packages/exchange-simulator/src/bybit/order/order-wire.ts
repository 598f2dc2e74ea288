import { divide, isZero, multiply, roundDownToStep, decimal, sum, zero, type Decimal } from '@latchkey/kernel';
import {
  averagePrice,
  executedQuantity,
  executedQuote,
  isOpen,
  remainingQuantity,
  type EndReason,
  type Fill,
  type Order,
} from '../../core/order.js';
import { orderLinkIdOf, wireOrderId, wireUuid } from '../order-id.js';

const priceStep = decimal('0.00000001');
const echoText = ({ echo }: Order, name: string): string => String(echo[name] ?? '');
/** As sent, in the unit it was sent in; of a linear order what reduce-only left of it. */
const wireQty = (order: Order): string => (order.market === 'linear' ? order.quantity : echoText(order, 'qty'));

const endReasons: Readonly<Record<EndReason, string>> = {
  time_in_force: 'EC_NoImmediateQtyToFill',
  post_only: 'EC_PostOnlyWillTakeLiquidity',
  reduce_only: 'EC_ReduceOnlyOrderQtyCannotBeFixed',
  insufficient_funds: 'EC_InsufficientBalance',
};

const triggerPriceOf = (order: Order): string => echoText(order, 'triggerPrice') || '0';
const isUntriggered = (order: Order): boolean => triggerPriceOf(order) !== '0' && order.workingSinceMs === undefined;

/** Bybit's word for where the order stands. A cancelled linear order may hold fills; a cancelled spot order with fills has its own word. */
const orderStatus = (order: Order): string => {
  switch (order.status) {
    case 'new':
      return isUntriggered(order) ? 'Untriggered' : 'New';
    case 'partially_filled':
      return 'PartiallyFilled';
    case 'filled':
      return 'Filled';
    case 'rejected':
      return 'Rejected';
    case 'canceled':
    case 'expired':
      if (order.fills.length > 0) return order.market === 'spot' ? 'PartiallyFilledCanceled' : 'Cancelled';
      return isUntriggered(order) ? 'Deactivated' : 'Cancelled';
  }
};

const rejectReason = (order: Order): string => {
  if (order.status === 'rejected') return echoText(order, 'rejectReason');
  if (order.status === 'canceled') return 'EC_PerCancelRequest';
  if (order.status !== 'expired') return 'EC_NoError';
  return endReasons[order.endedBy ?? 'time_in_force'];
};

const cancelType = ({ status, endedBy }: Order): string => {
  if (status === 'canceled') return 'CancelByUser';
  return endedBy === 'reduce_only' ? 'CancelByReduceOnly' : 'UNKNOWN';
};

const feesByCoin = ({ fills }: Order): object => {
  const coins = new Set(fills.map(({ feeAsset }) => feeAsset));
  const paidIn = (coin: string): Decimal => sum(fills.filter(({ feeAsset }) => feeAsset === coin).map(({ fee }) => fee));
  return Object.fromEntries([...coins].map((coin) => [coin, paidIn(coin)]));
};

const positionIndex = ({ linear }: Order): number =>
  linear === undefined || linear.positionSide === 'both' ? 0 : linear.positionSide === 'long' ? 1 : 2;

const stopOrderType = (order: Order): string => {
  if (triggerPriceOf(order) === '0') return '';
  return echoText(order, 'orderFilter') === 'tpslOrder' ? 'tpslOrder' : 'Stop';
};

const leaves = (order: Order): { readonly leavesQty: Decimal; readonly leavesValue: Decimal } => {
  const quantity = isOpen(order) ? remainingQuantity(order) : zero;
  return { leavesQty: quantity, leavesValue: multiply(quantity, order.price ?? zero) };
};

/** Fields that only derivative orders have; clients tell the two markets apart by them. */
const derivativeOnly = (order: Order): object =>
  order.market === 'linear'
    ? { createType: stopOrderType(order) === '' ? 'CreateByUser' : 'CreateByStopOrder', tpslMode: 'Full' }
    : {};

const average = (order: Order): string => {
  const mean = averagePrice(order);
  return isZero(mean) ? '' : roundDownToStep(mean, priceStep);
};

/** An order as `realtime` and `history` show it. For a market order `price` is its protective limit, not what it traded at. */
export const orderWire = (order: Order): object => ({
  orderId: wireOrderId(order.orderId),
  orderLinkId: orderLinkIdOf(order),
  parentOrderLinkId: '',
  blockTradeId: '',
  symbol: order.pair.symbol,
  price: echoText(order, 'wirePrice'),
  qty: wireQty(order),
  side: order.side === 'buy' ? 'Buy' : 'Sell',
  isLeverage: order.market === 'spot' ? '0' : '',
  positionIdx: positionIndex(order),
  orderStatus: orderStatus(order),
  cancelType: cancelType(order),
  rejectReason: rejectReason(order),
  avgPrice: average(order),
  ...leaves(order),
  cumExecQty: executedQuantity(order),
  cumExecValue: executedQuote(order),
  cumExecFee: sum(order.fills.map(({ fee }) => fee)),
  cumFeeDetail: feesByCoin(order),
  timeInForce: echoText(order, 'timeInForce'),
  orderType: order.price === undefined ? 'Market' : 'Limit',
  stopOrderType: stopOrderType(order),
  orderIv: '',
  marketUnit: echoText(order, 'marketUnit'),
  triggerPrice: triggerPriceOf(order),
  takeProfit: '',
  stopLoss: '',
  ocoTriggerBy: '',
  tpLimitPrice: '',
  slLimitPrice: '',
  tpTriggerBy: '',
  slTriggerBy: '',
  triggerDirection: Number(order.echo['triggerDirection'] ?? 0),
  triggerBy: triggerPriceOf(order) === '0' ? '' : 'LastPrice',
  lastPriceOnCreated: echoText(order, 'lastPriceOnCreated'),
  reduceOnly: order.linear?.reduceOnly ?? false,
  closeOnTrigger: false,
  placeType: '',
  smpType: 'None',
  smpGroup: 0,
  smpOrderId: '',
  createdTime: String(order.acceptedAtMs),
  updatedTime: String(order.updatedAtMs),
  ...derivativeOnly(order),
});

const feeRate = ({ fee, quote, quantity, feeAsset }: Fill, order: Order): Decimal => {
  const traded = feeAsset === order.pair.base ? quantity : quote;
  return isZero(traded) ? zero : roundDownToStep(divide(fee, traded), priceStep);
};

const leftAfter = (order: Order, fill: Fill): Decimal => {
  const until = order.fills.slice(0, order.fills.indexOf(fill) + 1);
  return remainingQuantity({ ...order, fills: until });
};

/** One fill as `execution/list` shows it. */
export const executionWire = (order: Order, fill: Fill): object => ({
  symbol: order.pair.symbol,
  orderId: wireOrderId(order.orderId),
  orderLinkId: orderLinkIdOf(order),
  side: order.side === 'buy' ? 'Buy' : 'Sell',
  orderPrice: echoText(order, 'wirePrice'),
  orderQty: wireQty(order),
  leavesQty: leftAfter(order, fill),
  orderType: order.price === undefined ? 'Market' : 'Limit',
  stopOrderType: stopOrderType(order),
  execFee: fill.fee,
  execFeeV2: '',
  execId: wireUuid(fill.tradeId),
  execPrice: fill.price,
  execQty: fill.quantity,
  execType: 'Trade',
  execValue: fill.quote,
  execTime: String(fill.atMs),
  feeCurrency: fill.feeAsset,
  isMaker: fill.maker,
  feeRate: feeRate(fill, order),
  tradeIv: '',
  markIv: '',
  markPrice: fill.price,
  indexPrice: '',
  underlyingPrice: '',
  blockTradeId: '',
  closedSize: '',
  seq: fill.tradeId,
  extraFees: '',
  ...(order.market === 'linear' ? { createType: 'CreateByUser', execPnl: fill.realisedPnl ?? zero } : {}),
});
