import type { Decimal } from '@latchkey/kernel';
import { isConditional, type OrderSide, type OrderType, type TimeInForce } from '../../core/order.js';
import { legal, oneOf, type Params } from '../params.js';
import { refuse } from '../refusal.js';
import { isInvalidAmount } from './filters.js';
import { responseTypes, type ResponseType } from './order-wire.js';
import type { SpotMarket, SpotMarkets } from './spot-markets.js';

/** A new order as the client wrote it: well formed, but not yet held against filters, funds or the book. */
export type OrderRequest = {
  readonly market: SpotMarket;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly size: { readonly quantity: Decimal } | { readonly quoteBudget: Decimal };
  readonly price?: Decimal;
  readonly stopPrice?: Decimal;
  readonly clientOrderId?: string;
  readonly responseType: ResponseType;
  readonly echo: Readonly<Record<string, string | number>>;
};

const orderTypes = [
  'MARKET',
  'LIMIT',
  'LIMIT_MAKER',
  'STOP_LOSS',
  'STOP_LOSS_LIMIT',
  'TAKE_PROFIT',
  'TAKE_PROFIT_LIMIT',
] as const;
const stpModes = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH', 'DECREMENT', 'TRANSFER'] as const;
const unplayed = ['icebergQty', 'trailingDelta', 'pegPriceType', 'pegOffsetValue', 'pegOffsetType'] as const;

const lower = <Text extends string>(text: Text): Lowercase<Text> => text.toLowerCase() as Lowercase<Text>;

const needsPrice = (type: OrderType): boolean => type.startsWith('limit') || type.endsWith('_limit');
const needsTimeInForce = (type: OrderType): boolean => type === 'limit' || type.endsWith('_limit');

/** A value that this type of order must bring, or must not. */
const asTypeDemands = <Value>(name: string, needed: boolean, value: Value | undefined): Value | undefined => {
  if (needed && value === undefined) throw refuse.missing(name);
  if (!needed && value !== undefined) throw refuse.notRequired(name);
  return value;
};

const readTimeInForce = (params: Params, type: OrderType): TimeInForce => {
  const sent = params.text('timeInForce');
  const known = sent === undefined ? undefined : lower(oneOf(sent, ['GTC', 'IOC', 'FOK'], refuse.timeInForce));
  return asTypeDemands('timeInForce', needsTimeInForce(type), known) ?? 'gtc';
};

const readSize = (params: Params, type: OrderType): OrderRequest['size'] => {
  const quantity = params.amount('quantity');
  const quoteBudget = params.amount('quoteOrderQty');
  if (isInvalidAmount(quantity)) throw refuse.invalidValue('quantity');
  if (isInvalidAmount(quoteBudget)) throw refuse.invalidValue('quoteOrderQty');
  if (type === 'market' && quantity === undefined && quoteBudget === undefined) throw refuse.oneOf('quantity', 'quoteOrderQty');
  if (quoteBudget !== undefined && (type !== 'market' || quantity !== undefined)) throw refuse.notRequired('quoteOrderQty');
  if (quoteBudget !== undefined) return { quoteBudget };
  if (quantity === undefined) throw refuse.missing('quantity');
  return { quantity };
};

const readPrices = (params: Params, type: OrderType): Pick<OrderRequest, 'price' | 'stopPrice'> => {
  const price = asTypeDemands('price', needsPrice(type), params.amount('price'));
  const stopPrice = asTypeDemands('stopPrice', isConditional(type), params.amount('stopPrice'));
  if (isInvalidAmount(price)) throw refuse.invalidValue('price');
  if (isInvalidAmount(stopPrice)) throw refuse.invalidValue('stopPrice');
  return { ...(price === undefined ? {} : { price }), ...(stopPrice === undefined ? {} : { stopPrice }) };
};

const readEcho = (params: Params): Readonly<Record<string, string | number>> => {
  const strategyId = params.integer('strategyId');
  const strategyType = params.integer('strategyType');
  const stpMode = params.text('selfTradePreventionMode') ?? 'EXPIRE_MAKER';
  return {
    ...(strategyId === undefined ? {} : { strategyId }),
    ...(strategyType === undefined ? {} : { strategyType }),
    selfTradePreventionMode: oneOf(stpMode, stpModes, () => refuse.invalidParameter('selfTradePreventionMode')),
  };
};

const readResponseType = (params: Params, type: OrderType): ResponseType => {
  const asked = params.text('newOrderRespType') ?? (type === 'market' || type === 'limit' ? 'FULL' : 'ACK');
  return oneOf(asked, responseTypes, refuse.responseType);
};

/**
 * @throws {BinanceRefusal} -1013 amounts not above zero, -1100, -1102, -1105, -1106, -1111, -1115, -1116, -1117, -1121, -1130, -1136
 * @see Binance Spot REST API, "New order (TRADE)": which type demands which parameters
 */
export const readOrderRequest = (params: Params, markets: SpotMarkets): OrderRequest => {
  const market = markets.required(params);
  const side = lower(oneOf(params.required('side'), ['BUY', 'SELL'], refuse.side));
  const type = lower(oneOf(params.required('type'), orderTypes, refuse.orderType));
  const clientOrderId = params.text('newClientOrderId', legal.clientOrderId);
  for (const name of unplayed) if (params.has(name)) throw refuse.notSimulated(`orders with '${name}'`);
  return {
    market,
    side,
    type,
    timeInForce: readTimeInForce(params, type),
    size: readSize(params, type),
    ...readPrices(params, type),
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    responseType: readResponseType(params, type),
    echo: readEcho(params),
  };
};
