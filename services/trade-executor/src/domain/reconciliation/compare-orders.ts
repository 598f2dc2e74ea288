import { compare, type Decimal, type TradeId } from '@latchkey/kernel';
import type { TradeStatus } from '@latchkey/contracts';
import type { OrderSnapshot } from '../trade/commands.js';

/** An order as the venue lists it, whoever placed it. */
export type ListedOrder = OrderSnapshot & { readonly clientOrderId: string; readonly side: 'buy' | 'sell' };

/** What our record says of the trade that an order belongs to. */
export type RecordedTrade = {
  readonly tradeId: TradeId;
  readonly status: TradeStatus;
  /** Somebody works on it: what there is to learn is learnt there. */
  readonly open: boolean;
  readonly filled: Decimal;
};

// The 32 hex digits of a UUIDv5, `-`, the leg: nobody comes to such a name by chance.
const form = /^([0-9a-f]{8})([0-9a-f]{4})(5[0-9a-f]{3})([89ab][0-9a-f]{3})([0-9a-f]{12})-[a-z0-9]{2}$/;

/** The trade that an order of this id belongs to; undefined: it is somebody else's order. */
export const tradeOf = (clientOrderId: string): TradeId | undefined => {
  const [, ...parts] = form.exec(clientOrderId) ?? [];
  return parts.length === 5 ? (parts.join('-') as TradeId) : undefined;
};

/** Ended, as our record says, without an order that the venue could show. */
const neverPlaced: ReadonlySet<TradeStatus> = new Set(['denied', 'expired', 'unverifiable']);

const differs = ({ status, filled }: RecordedTrade, order: ListedOrder): boolean => {
  if (neverPlaced.has(status)) return true;
  if (status === 'rejected') return order.status !== 'rejected' || compare(order.filled, filled) !== 0;
  return order.status === 'open' || compare(order.filled, filled) > 0;
};

export type OrderFindings = {
  /** Facts about trades that are thought to be over: recorded like every other fact. */
  readonly late: readonly { readonly tradeId: TradeId; readonly order: ListedOrder }[];
  /** Orders with an id of our form that no trade of ours has: an alarm. */
  readonly unknown: readonly ListedOrder[];
};

/** Holds a venue's list of an account's orders against the record; orders that are not ours are none of our business. */
export const compareOrders = (recorded: ReadonlyMap<TradeId, RecordedTrade>, listed: readonly ListedOrder[]): OrderFindings => {
  const ours = listed.flatMap((order) => {
    const tradeId = tradeOf(order.clientOrderId);
    return tradeId === undefined ? [] : [{ tradeId, order }];
  });
  return {
    late: ours.filter(({ tradeId, order }) => {
      const trade = recorded.get(tradeId);
      return trade !== undefined && !trade.open && differs(trade, order);
    }),
    unknown: ours.filter(({ tradeId }) => !recorded.has(tradeId)).map(({ order }) => order),
  };
};
