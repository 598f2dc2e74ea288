import type { Account } from '../../core/accounts.js';
import type { OrderId } from '../../core/names.js';
import type { Order } from '../../core/order.js';
import type { World } from '../../core/world.js';
import type { Params } from '../params.js';
import { refuse } from '../refusal.js';
import type { SpotMarket, SpotMarkets } from './spot-markets.js';

/** How a request names one order. */
export type OrderName = { readonly market: SpotMarket; readonly orderId?: OrderId; readonly clientOrderId?: string };

/** @throws {BinanceRefusal} -1102 when neither id is given */
export const readOrderName = (params: Params, markets: SpotMarkets): OrderName => {
  const market = markets.required(params);
  const orderId = params.integer('orderId') as OrderId | undefined;
  // Not held against the new-order rule: a look-up by an id that could never have been given simply finds nothing.
  const clientOrderId = params.text('origClientOrderId');
  if (orderId === undefined && clientOrderId === undefined) throw refuse.oneOf('origClientOrderId', 'orderId');
  return { market, ...(orderId === undefined ? {} : { orderId }), ...(clientOrderId === undefined ? {} : { clientOrderId }) };
};

/** The order as the engine knows it: with both ids, `orderId` finds it and the other one must agree. */
export const findOrder = (
  { book }: World,
  { apiKey }: Account,
  { market, orderId, clientOrderId }: OrderName,
): Order | undefined => {
  const spot = book.of('spot');
  const found = orderId === undefined ? spot.byClientId(apiKey, clientOrderId ?? '') : spot.byId(apiKey, orderId);
  const agrees = clientOrderId === undefined || found?.clientOrderId === clientOrderId;
  return found?.pair.symbol === market.symbol && agrees ? found : undefined;
};
