import type { Order } from '../../core/order.js';
import type { BybitParts } from '../bybit-parts.js';
import type { SignedCall } from '../endpoint.js';
import { parseOrderId } from '../order-id.js';
import type { Category, Params } from '../params.js';

/** How a request names one order; `orderId` goes first where both are given. */
export type OrderName = { readonly orderId?: string; readonly orderLinkId?: string };

/** Undefined when the request names none. */
export const readOrderName = (params: Params): OrderName | undefined => {
  const orderId = params.text('orderId');
  const orderLinkId = params.text('orderLinkId');
  if (orderId !== undefined) return { orderId };
  return orderLinkId === undefined ? undefined : { orderLinkId };
};

/** The order as the engine knows it. */
export const findOrder = (
  { world }: BybitParts,
  { account: { apiKey } }: SignedCall,
  category: Category,
  { orderId, orderLinkId = '' }: OrderName,
): Order | undefined => {
  const book = world.book.of(category);
  if (orderId === undefined) return book.byClientId(apiKey, orderLinkId);
  const known = parseOrderId(orderId);
  return known === undefined ? undefined : book.byId(apiKey, known);
};
