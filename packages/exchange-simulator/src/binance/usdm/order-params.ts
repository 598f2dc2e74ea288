import { decimal, decimalPlaces, isPositive, type Decimal } from '@latchkey/kernel';
import type { OrderSide, PositionSide, TimeInForce } from '../../core/order.js';
import { oneOf, type Params } from '../params.js';
import { refuse } from '../refusal.js';
import type { UsdmMarket, UsdmMarkets } from './usdm-markets.js';
import { refuseUsdm } from './usdm-refusal.js';

/** A new order as the client wrote it: well formed, but not yet held against filters, margin or the book. */
export type UsdmOrderRequest = {
  readonly market: UsdmMarket;
  readonly side: OrderSide;
  readonly type: 'market' | 'limit';
  readonly timeInForce: TimeInForce;
  readonly quantity: Decimal;
  readonly price?: Decimal;
  readonly positionSide: PositionSide;
  /** Undefined when it was not sent: in hedge mode sending it at all is refused. */
  readonly reduceOnly?: boolean;
  readonly clientOrderId?: string;
  readonly responseType: 'ACK' | 'RESULT';
  readonly echo: Readonly<Record<string, string | number | boolean>>;
};

const plainTypes = ['MARKET', 'LIMIT'] as const;
/** These go to the algo endpoints since 2025-12-09. */
const conditionalTypes = ['STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'];
export const stpModes = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'] as const;
const positionSides = ['BOTH', 'LONG', 'SHORT'] as const;
const timesInForce = { GTC: 'gtc', IOC: 'ioc', FOK: 'fok', GTX: 'post_only' } as const;
const signedDecimal = '^-?([0-9]{1,20})(\\.[0-9]{1,20})?$';
const clientOrderIdRange = '^[\\.A-Z\\:/a-z0-9_-]{1,36}$';
const longestClientOrderId = 36;

export const lower = <Text extends string>(text: Text): Lowercase<Text> => text.toLowerCase() as Lowercase<Text>;

/** @throws {BinanceRefusal} -1130 for what is neither `true` nor `false`, in whatever case */
export const readFlag = (params: Params, name: string): boolean | undefined => {
  const sent = params.text(name)?.toLowerCase();
  if (sent === undefined) return undefined;
  return oneOf(sent, ['true', 'false'], () => refuse.invalidParameter(name)) === 'true';
};

/** @throws {BinanceRefusal} -1100, -1111 */
export const readAmount = (params: Params, name: string, places: number): Decimal | undefined => {
  const sent = params.text(name, signedDecimal);
  if (sent === undefined) return undefined;
  const value = decimal(sent);
  if (decimalPlaces(value) > places) throw refuseUsdm.precision();
  return value;
};

const readType = (params: Params): UsdmOrderRequest['type'] => {
  const sent = params.required('type');
  if (conditionalTypes.includes(sent)) throw refuseUsdm.algoOnly();
  return lower(oneOf(sent, plainTypes, refuse.orderType));
};

const readTimeInForce = (params: Params, type: UsdmOrderRequest['type']): TimeInForce => {
  const sent = params.text('timeInForce');
  if (type === 'limit' && sent === undefined) throw refuse.missing('timeInForce');
  if (type === 'market' && sent !== undefined) throw refuse.notRequired('timeinforce');
  if (sent === undefined) return 'gtc';
  const names = Object.keys(timesInForce) as (keyof typeof timesInForce)[];
  return timesInForce[oneOf(sent, names, refuse.timeInForce)];
};

const readPrice = (params: Params, type: UsdmOrderRequest['type'], { rules }: UsdmMarket): Decimal | undefined => {
  const price = readAmount(params, 'price', rules.pricePrecision);
  if (type === 'limit' && price === undefined) throw refuse.missing('price');
  if (type === 'market' && price !== undefined) throw refuse.notRequired('price');
  if (price !== undefined && !isPositive(price)) throw refuseUsdm.priceBelowZero();
  return price;
};

const readQuantity = (params: Params, { rules }: UsdmMarket): Decimal => {
  const quantity = readAmount(params, 'quantity', rules.quantityPrecision);
  if (quantity === undefined) throw refuse.missing('quantity');
  if (!isPositive(quantity)) throw refuseUsdm.quantityBelowZero();
  return quantity;
};

/** @throws {BinanceRefusal} -1100, -4015 */
export const readNamedId = (params: Params, name: 'newClientOrderId' | 'clientAlgoId'): string | undefined => {
  if ((params.text(name) ?? '').length > longestClientOrderId) throw refuseUsdm.clientOrderIdLength();
  return params.text(name, clientOrderIdRange);
};

/** @throws {BinanceRefusal} -4060 */
export const readPositionSide = (params: Params): PositionSide =>
  lower(oneOf(params.text('positionSide') ?? 'BOTH', positionSides, refuseUsdm.positionSide));

const readEcho = (params: Params, type: string): UsdmOrderRequest['echo'] => {
  if (readFlag(params, 'closePosition') === true) throw refuseUsdm.closePosition(type.toUpperCase());
  if ((params.text('priceMatch') ?? 'NONE') !== 'NONE') throw refuse.notSimulated("orders with 'priceMatch'");
  const stpMode = params.text('selfTradePreventionMode') ?? 'EXPIRE_MAKER';
  return {
    workingType: oneOf(params.text('workingType') ?? 'CONTRACT_PRICE', ['CONTRACT_PRICE', 'MARK_PRICE'], () =>
      refuse.invalidParameter('workingType'),
    ),
    priceProtect: readFlag(params, 'priceProtect') ?? false,
    priceMatch: 'NONE',
    selfTradePreventionMode: oneOf(stpMode, stpModes, () => refuse.invalidParameter('selfTradePreventionMode')),
    goodTillDate: 0,
  };
};

/**
 * @throws {BinanceRefusal} -1100, -1102, -1106, -1111, -1115, -1116, -1117, -1121, -1130, -1136, -4001, -4003, -4015, -4060, -4120, -4136
 * @see Binance USDⓈ-M Futures API, "New Order (TRADE)"
 */
export const readUsdmOrder = (params: Params, markets: UsdmMarkets): UsdmOrderRequest => {
  const market = markets.required(params);
  const side = lower(oneOf(params.required('side'), ['BUY', 'SELL'], refuse.side));
  const type = readType(params);
  const timeInForce = readTimeInForce(params, type);
  const price = readPrice(params, type, market);
  const reduceOnly = readFlag(params, 'reduceOnly');
  const clientOrderId = readNamedId(params, 'newClientOrderId');
  return {
    market,
    side,
    type,
    timeInForce,
    quantity: readQuantity(params, market),
    ...(price === undefined ? {} : { price }),
    positionSide: readPositionSide(params),
    ...(reduceOnly === undefined ? {} : { reduceOnly }),
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    responseType: oneOf(params.text('newOrderRespType') ?? 'ACK', ['ACK', 'RESULT'], refuse.responseType),
    echo: readEcho(params, type),
  };
};
