import { compare, isMultipleOf, isPositive, type Decimal } from '@latchkey/kernel';
import type { OrderSide } from '../../core/order.js';
import type { Prices } from '../../core/prices.js';
import type { BybitMarkets, LinearMarket, Market, SpotMarket } from '../market/bybit-markets.js';
import type { Category, Params } from '../params.js';
import { refuse } from '../refusal.js';

export const timesInForce = ['GTC', 'IOC', 'FOK', 'PostOnly'] as const;
export type WireTimeInForce = (typeof timesInForce)[number];
export const spotFilters = ['Order', 'tpslOrder', 'StopOrder'] as const;
export type OrderFilter = (typeof spotFilters)[number];
export type PositionIndex = 0 | 1 | 2;

type Common = {
  readonly side: OrderSide;
  readonly type: 'market' | 'limit';
  readonly timeInForce: WireTimeInForce;
  readonly price?: Decimal;
  /** As sent: on spot in the unit of `marketUnit`. */
  readonly qty: Decimal;
  readonly orderLinkId?: string;
  readonly trigger?: { readonly price: Decimal; readonly direction: 'rise' | 'fall' };
};
export type SpotRequest = Common & {
  readonly market: SpotMarket;
  readonly filter: OrderFilter;
  /** Unit of `qty` of a market order; none for limit orders. */
  readonly marketUnit?: 'baseCoin' | 'quoteCoin';
};
export type LinearRequest = Common & {
  readonly market: LinearMarket;
  readonly positionIdx: PositionIndex;
  readonly reduceOnly: boolean;
};
export type OrderRequest = SpotRequest | LinearRequest;

export const isSpot = (request: OrderRequest): request is SpotRequest => request.market.category === 'spot';

const sides: Readonly<Record<string, OrderSide>> = { Buy: 'buy', Sell: 'sell' };
const linkId = /^[A-Za-z0-9_-]{1,36}$/;

/** Fields that change what an order does and are not played: refused, since a client that sent them would be misled. */
const unplayed = ['takeProfit', 'stopLoss', 'orderIv', 'slippageTolerance', 'bboSideType'] as const;
const refuseUnplayed = (params: Params): void => {
  for (const name of unplayed) {
    const value = params.text(name);
    if (value !== undefined && value !== '0') throw refuse.notSimulated(name);
  }
  if (params.integer('isLeverage') === 1) throw refuse.notSimulated('isLeverage');
  if (params.flag('closeOnTrigger')) throw refuse.notSimulated('closeOnTrigger');
};

const readLinkId = (params: Params): string | undefined => {
  const text = params.text('orderLinkId');
  if (text !== undefined && !linkId.test(text)) throw refuse.parameter('OrderLinkId invalid');
  return text;
};

const readTrigger = (params: Params, { symbol, category, rules }: Market, prices: Prices): Common['trigger'] => {
  const price = params.amount('triggerPrice');
  if (price === undefined) return undefined;
  if (!isPositive(price) || !isMultipleOf(price, rules.tickSize)) throw refuse.parameter('triggerPrice invalid');
  // Spot orders have no direction: the trigger lies on one side of the market or the other.
  const market = prices.of(symbol);
  if (category === 'spot') return { price, direction: compare(price, market) > 0 ? 'rise' : 'fall' };
  const direction = params.integer('triggerDirection');
  if (direction !== 1 && direction !== 2) throw refuse.parameter('TriggerDirection invalid');
  const passed = direction === 1 ? compare(market, price) >= 0 : compare(market, price) <= 0;
  if (passed) throw refuse.parameter(`expect ${direction === 1 ? 'Rising' : 'Falling'}, but trigger_price is already passed`);
  return { price, direction: direction === 1 ? 'rise' : 'fall' };
};

const readPrice = (params: Params, type: Common['type']): Decimal | undefined => {
  const price = params.amount('price');
  if (type === 'market') return undefined; // the venue ignores it
  if (price === undefined || !isPositive(price)) throw refuse.parameter('price invalid');
  return price;
};

const readCommon = (params: Params, market: Market, prices: Prices): Common => {
  const side = sides[params.required('side')];
  if (side === undefined) throw refuse.parameter('Side invalid');
  const orderType = params.required('orderType');
  if (orderType !== 'Market' && orderType !== 'Limit') throw refuse.parameter('OrderType invalid');
  const type = orderType === 'Market' ? 'market' : 'limit';
  const qty = params.amount('qty');
  if (qty === undefined || !isPositive(qty)) throw refuse.parameter('Qty invalid');
  const price = readPrice(params, type);
  const timeInForce = params.oneOf('timeInForce', timesInForce) ?? 'GTC';
  const orderLinkId = readLinkId(params);
  const trigger = readTrigger(params, market, prices);
  return {
    side,
    type,
    qty,
    timeInForce: type === 'market' ? 'IOC' : timeInForce,
    ...(price === undefined ? {} : { price }),
    ...(orderLinkId === undefined ? {} : { orderLinkId }),
    ...(trigger === undefined ? {} : { trigger }),
  };
};

const readSpot = (params: Params, market: SpotMarket, prices: Prices): SpotRequest => {
  const common = readCommon(params, market, prices);
  const filter = params.oneOf('orderFilter', spotFilters) ?? 'Order';
  if ((filter === 'Order') !== (common.trigger === undefined)) throw refuse.parameter('triggerPrice invalid');
  // A market buy names what to spend, unless it says otherwise; a market sell names what to sell.
  const unit = params.oneOf('marketUnit', ['baseCoin', 'quoteCoin']) ?? (common.side === 'buy' ? 'quoteCoin' : 'baseCoin');
  return { ...common, market, filter, ...(common.type === 'market' ? { marketUnit: unit } : {}) };
};

const readLinear = (params: Params, market: LinearMarket, prices: Prices): LinearRequest => {
  const common = readCommon(params, market, prices);
  const positionIdx = params.integer('positionIdx') ?? 0;
  if (positionIdx !== 0 && positionIdx !== 1 && positionIdx !== 2) throw refuse.parameter('position idx invalid');
  return { ...common, market, positionIdx, reduceOnly: params.flag('reduceOnly') };
};

/** @throws {BybitRefusal} 10001 */
export const readOrderRequest = (params: Params, category: Category, markets: BybitMarkets, prices: Prices): OrderRequest => {
  refuseUnplayed(params);
  return category === 'spot'
    ? readSpot(params, markets.required(params, 'spot'), prices)
    : readLinear(params, markets.required(params, 'linear'), prices);
};
