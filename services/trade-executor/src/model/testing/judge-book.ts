import type { BookedOrder } from '@latchkey/exchange-simulator';
import { compare, type Decimal } from '@latchkey/kernel';
import { legsOf, type Leg } from '../../domain/trade/legs.js';
import type { TradeRequest } from '../../domain/trade/events.js';
import type { Trade } from '../../domain/trade/state.js';
import type { Played } from './played.js';

type Row = { readonly request: TradeRequest; readonly trade: Trade };

/** Orders that the venue holds or executed; what it refused after it had acknowledged it is none. */
const standing = (orders: readonly BookedOrder[]): readonly BookedOrder[] => orders.filter(({ status }) => status !== 'rejected');

const isUnproven = (trade: Trade): boolean => trade.status === 'expired' && trade.reason === 'unproven';

type Known = { readonly id: string; readonly status: Leg['status']; readonly filled: Decimal; readonly side: string | undefined };

/** What we say of each order of a trade; one that was never tried has its first order's id, and nothing may have it. */
const knownOrders = ({ request, trade }: Row): readonly Known[] => {
  const tried = legsOf(trade).flatMap(({ attempt, status, filled }) =>
    attempt ? [{ id: attempt.clientOrderId, status, filled, side: attempt.side }] : [],
  );
  const first = tried.some(({ id }) => id === request.clientOrderId);
  return first ? tried : [{ id: request.clientOrderId, status: 'denied', filled: '0' as Decimal, side: undefined }, ...tried];
};

const judgeOrder = ({ id, status, filled, side }: Known, trade: Trade, orders: readonly BookedOrder[]): readonly string[] => {
  const there = standing(orders);
  if (there.length > 1) return [`doubled: ${id} stands ${there.length} times on the venue's book`];
  const [order] = there;
  switch (status) {
    case 'filled':
    case 'canceled':
      if (!order) return [`wrongly final: ${id} is ${status}, and the venue has no such order`];
      if (order.status === 'new' || order.status === 'partially_filled')
        return [`wrongly final: ${id} is still open at the venue`];
      if (compare(filled, order.executed) !== 0)
        return [`wrongly final: ${id} is filled ${filled}, at the venue ${order.executed}`];
      return order.side === side ? [] : [`wrong: ${id} is a ${order.side} at the venue`];
    case 'expired':
    case 'denied':
    case 'rejected':
      if (!order) return [];
      return isUnproven(trade)
        ? [`unseen: ${id} ended unproven, stands at the venue, and was not found within the watch`]
        : [`wrongly final: ${id} is ${status}, and stands at the venue as ${order.status}`];
    default:
      return [];
  }
};

/** What the venues' books say, against what we say. */
export const judgeBook = ({ scene, store, book }: Played): readonly string[] => {
  const byId = Map.groupBy(book, ({ clientOrderId }) => clientOrderId);
  const rows = store.rows();
  const known = rows.flatMap((row) => knownOrders(row).map((order) => ({ order, trade: row.trade })));
  const ours = new Set(known.map(({ order }) => order.id));
  const strangers = book
    .filter(({ clientOrderId }) => !ours.has(clientOrderId))
    .map(({ clientOrderId }) => `stranger: order ${clientOrderId} is nobody's`);
  // "You may not ask" is an end only where a key was taken away.
  const deleted = new Set(
    scene.troubles.flatMap((one) => (one.kind === 'key_deleted' ? [`user-${scene.seed}-${one.user}`] : [])),
  );
  const givenUp = rows
    .filter(({ request, trade }) => trade.status === 'unverifiable' && !deleted.has(request.userId))
    .map(({ request }) => `given up: ${request.clientOrderId} is unverifiable though its key was never taken away`);
  return [...known.flatMap(({ order, trade }) => judgeOrder(order, trade, byId.get(order.id) ?? [])), ...strangers, ...givenUp];
};
