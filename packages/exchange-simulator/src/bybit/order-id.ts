import type { OrderId } from '../core/names.js';
import type { Order } from '../core/order.js';

// Bybit names orders by UUID, the engines by number. The number sits in the last twelve digits, so either is found from the other;
// the first digits are the number's own mix, so that ids differ from the left, as real ones do.
const mixed = (id: number): string => (Math.imul(id, 0x9e37_79b1) >>> 0).toString(16).padStart(8, '0');

/** A number of this simulation in the shape of a UUID. */
export const wireUuid = (id: number): string => {
  const head = mixed(id);
  return `${head}-${head.slice(0, 4)}-4${head.slice(4, 7)}-8${head.slice(1, 4)}-${id.toString(16).padStart(12, '0')}`;
};

/** The order's id as Bybit writes it. */
export const wireOrderId = (orderId: OrderId): string => wireUuid(orderId);

/** The engine's number; an id that this venue never gave is none. */
export const parseOrderId = (text: string): OrderId | undefined => {
  const tail = /^[0-9a-f-]{24}([0-9a-f]{12})$/.exec(text)?.[1];
  if (tail === undefined) return undefined;
  const orderId = Number.parseInt(tail, 16) as OrderId;
  return wireOrderId(orderId) === text ? orderId : undefined;
};

const unnamed = '~';

/** Every order in the book has a client id; this is what an order without `orderLinkId` gets. No client can send one like it. */
export const unnamedLinkId = (random: string): string => `${unnamed}${random}`;

/** `orderLinkId` as answers show it: empty when the client gave none. */
export const orderLinkIdOf = ({ clientOrderId }: Pick<Order, 'clientOrderId'>): string =>
  clientOrderId.startsWith(unnamed) ? '' : clientOrderId;
