import { isPositive, type Decimal } from '@latchkey/kernel';
import { isLimit, type AlgoType } from '../../../core/algo-order.js';
import type { OrderSide, PositionSide, TimeInForce } from '../../../core/order.js';
import { oneOf, type Params } from '../../params.js';
import { refuse } from '../../refusal.js';
import { lower, readAmount, readFlag, readNamedId, readPositionSide, stpModes } from '../order-params.js';
import type { UsdmMarket, UsdmMarkets } from '../usdm-markets.js';
import { refuseUsdm } from '../usdm-refusal.js';

/** A conditional order as the client wrote it: well formed, but not yet held against filters or the market. */
export type AlgoRequest = {
  readonly market: UsdmMarket;
  readonly side: OrderSide;
  readonly type: AlgoType;
  readonly timeInForce: TimeInForce;
  readonly quantity?: Decimal;
  readonly price?: Decimal;
  readonly triggerPrice: Decimal;
  readonly triggeredBy: 'price' | 'mark';
  readonly positionSide: PositionSide;
  readonly reduceOnly?: boolean;
  readonly closePosition: boolean;
  readonly clientAlgoId?: string;
  readonly echo: Readonly<Record<string, string | number | boolean>>;
};

const types = ['STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET'] as const;
const timesInForce = { GTC: 'gtc', IOC: 'ioc', FOK: 'fok', GTX: 'post_only' } as const;

const readType = (params: Params): AlgoType => {
  if (params.required('algoType') !== 'CONDITIONAL') throw refuse.invalidParameter('algoType');
  const type = params.required('type');
  if (type === 'TRAILING_STOP_MARKET') throw refuse.notSimulated('trailing stops');
  return lower(oneOf(type, types, refuse.orderType));
};

const readTimeInForce = (params: Params): TimeInForce => {
  const names = Object.keys(timesInForce) as (keyof typeof timesInForce)[];
  return timesInForce[oneOf(params.text('timeInForce') ?? 'GTC', names, refuse.timeInForce)];
};

const readPrice = (params: Params, type: AlgoType, { rules }: UsdmMarket): Decimal | undefined => {
  const price = readAmount(params, 'price', rules.pricePrecision);
  if (isLimit(type) && price === undefined) throw refuse.missing('price');
  if (!isLimit(type) && price !== undefined) throw refuse.notRequired('price');
  if (price !== undefined && !isPositive(price)) throw refuseUsdm.priceBelowZero();
  return price;
};

/** Closing a position names neither an amount nor that it reduces: it does. */
const readSize = (
  params: Params,
  type: AlgoType,
  { rules }: UsdmMarket,
): Pick<AlgoRequest, 'quantity' | 'reduceOnly' | 'closePosition'> => {
  const quantity = readAmount(params, 'quantity', rules.quantityPrecision);
  const reduceOnly = readFlag(params, 'reduceOnly');
  const closePosition = readFlag(params, 'closePosition') ?? false;
  if (closePosition) {
    if (isLimit(type)) throw refuseUsdm.closePosition(type.toUpperCase());
    if (quantity !== undefined) throw refuseUsdm.closePositionQuantity();
    if (reduceOnly !== undefined) throw refuse.notRequired('reduceonly');
    return { closePosition };
  }
  if (quantity === undefined) throw refuse.missing('quantity');
  if (!isPositive(quantity)) throw refuseUsdm.quantityBelowZero();
  return { quantity, closePosition, ...(reduceOnly === undefined ? {} : { reduceOnly }) };
};

const readTrigger = (params: Params, { rules }: UsdmMarket): Decimal => {
  const price = readAmount(params, 'triggerPrice', rules.pricePrecision);
  if (price === undefined) throw refuse.missing('triggerPrice');
  if (!isPositive(price)) throw refuseUsdm.stopPriceBelowZero();
  return price;
};

/**
 * @throws {BinanceRefusal} -1100, -1102, -1106, -1111, -1115, -1116, -1117, -1121, -1130, -4001, -4003, -4006, -4015, -4060, -4136, -4137
 * @see Binance USDⓈ-M Futures API, "New Algo Order (TRADE)"
 */
export const readAlgoOrder = (params: Params, markets: UsdmMarkets): AlgoRequest => {
  const market = markets.required(params);
  const side = lower(oneOf(params.required('side'), ['BUY', 'SELL'], refuse.side));
  const type = readType(params);
  const price = readPrice(params, type, market);
  const clientAlgoId = readNamedId(params, 'clientAlgoId');
  const workingType = oneOf(params.text('workingType') ?? 'CONTRACT_PRICE', ['CONTRACT_PRICE', 'MARK_PRICE'], () =>
    refuse.invalidParameter('workingType'),
  );
  if ((params.text('priceMatch') ?? 'NONE') !== 'NONE') throw refuse.notSimulated("orders with 'priceMatch'");
  oneOf(params.text('newOrderRespType') ?? 'ACK', ['ACK', 'RESULT'], refuse.responseType);
  return {
    market,
    side,
    type,
    timeInForce: readTimeInForce(params),
    ...(price === undefined ? {} : { price }),
    ...readSize(params, type, market),
    triggerPrice: readTrigger(params, market),
    triggeredBy: workingType === 'MARK_PRICE' ? 'mark' : 'price',
    positionSide: readPositionSide(params),
    ...(clientAlgoId === undefined ? {} : { clientAlgoId }),
    echo: {
      workingType,
      priceProtect: readFlag(params, 'priceProtect') ?? false,
      priceMatch: 'NONE',
      selfTradePreventionMode: oneOf(params.text('selfTradePreventionMode') ?? 'EXPIRE_MAKER', stpModes, () =>
        refuse.invalidParameter('selfTradePreventionMode'),
      ),
      goodTillDate: 0,
    },
  };
};
