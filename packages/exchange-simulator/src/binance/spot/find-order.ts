import type { Account } from '../../core/accounts.js';
import type { FaultTarget } from '../../core/faults.js';
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
  const found = orderId === undefined ? book.byClientId(apiKey, clientOrderId ?? '') : book.byId(apiKey, orderId);
  const agrees = clientOrderId === undefined || found?.clientOrderId === clientOrderId;
  return found?.pair.symbol === market.symbol && agrees ? found : undefined;
};

/** False while look-ups lag behind the engine (fault `hide-order`, set for the order when it was placed or by the look-up itself). */
export const isVisible = ({ book, clock, faults }: World, target: FaultTarget, order: Order): boolean => {
  if (order.hiddenUntilMs !== undefined) return clock.now() >= order.hiddenUntilMs;
  const young = (ms: number): boolean => clock.now() < order.acceptedAtMs + ms;
  const fault = faults.take(['hide-order'], target, ({ method, ms }) => method === 'GET' && young(ms));
  if (fault === undefined) return true;
  book.put({ ...order, hiddenUntilMs: order.acceptedAtMs + fault.ms });
  return false;
};
