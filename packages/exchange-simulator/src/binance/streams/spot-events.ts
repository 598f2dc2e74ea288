import { executedQuantity, executedQuote, isConditional, type Order } from '../../core/order.js';
import type { OrderEvent } from '../../core/order-events.js';
import type { Asset } from '../../core/names.js';
import type { World } from '../../core/world.js';
import { amount } from '../spot/order-wire.js';

/** What subscriptions of spot listen to. */
export const spotTopic = 'spot';

const executionTypes = { accepted: 'NEW', triggered: 'NEW', filled: 'TRADE' } as const;
const executionType = ({ type, order }: OrderEvent): string =>
  type === 'ended' ? order.status.toUpperCase() : executionTypes[type];

/** Why the venue ended an order; sent with expiries only. */
const expiryReasons = { time_in_force: 5, post_only: 5, reduce_only: 5, insufficient_funds: 4 } as const;

const fillOf = (event: OrderEvent): object =>
  event.type === 'filled'
    ? {
        l: amount(event.fill.quantity),
        L: amount(event.fill.price),
        n: amount(event.fill.fee),
        N: event.fill.feeAsset,
        t: event.fill.tradeId,
        m: event.fill.maker,
        Y: amount(event.fill.quote),
      }
    : { l: amount(undefined), L: amount(undefined), n: '0', N: null, t: -1, m: false, Y: amount(undefined) };

/** A cancel has a client id of its own, which takes the order's place. */
const idsOf = ({ clientOrderId, cancelId }: Order): { readonly c: string; readonly C: string } =>
  cancelId === undefined ? { c: clientOrderId, C: '' } : { c: cancelId, C: clientOrderId };

/**
 * The event of one step of one order.
 *
 * @see Binance Spot API, "User Data Streams", order update
 */
export const executionReport = (event: OrderEvent, { clock, ids }: Pick<World, 'clock' | 'ids'>): object => {
  const { order } = event;
  const fill = fillOf(event);
  return {
    e: 'executionReport',
    E: clock.now(),
    s: order.pair.symbol,
    c: idsOf(order).c,
    S: order.side.toUpperCase(),
    o: order.type.toUpperCase(),
    f: order.timeInForce.toUpperCase(),
    q: amount(order.quantity),
    p: amount(order.price),
    P: amount(order.stopPrice),
    F: amount(undefined),
    g: -1,
    C: idsOf(order).C,
    x: executionType(event),
    X: order.status.toUpperCase(),
    r: 'NONE',
    i: order.orderId,
    z: amount(executedQuantity(order)),
    ...fill,
    T: order.updatedAtMs,
    I: ids.nextSequence(),
    w:
      order.workingSinceMs !== undefined &&
      (order.status === 'new' || order.status === 'partially_filled') &&
      !isConditional(order.type),
    M: false,
    O: order.acceptedAtMs,
    Z: amount(executedQuote(order)),
    Q: amount(order.quoteBudget),
    ...(order.workingSinceMs === undefined ? {} : { W: order.workingSinceMs }),
    V: order.echo['selfTradePreventionMode'] ?? 'EXPIRE_MAKER',
    ...(event.type === 'ended' && order.status === 'expired' ? { eR: expiryReasons[order.endedBy ?? 'time_in_force'] } : {}),
  };
};

/** The assets that an order may have moved: those of its pair, and what it set aside. */
export const outboundAccountPosition = (order: Order, { accounts, clock }: Pick<World, 'accounts' | 'clock'>): object => {
  const wallet = accounts.find(order.apiKey)?.wallets.spot;
  const assets: readonly Asset[] = [order.pair.base, order.pair.quote];
  return {
    e: 'outboundAccountPosition',
    E: clock.now(),
    u: order.updatedAtMs,
    B: assets.map((asset) => {
      const { free, locked } = wallet?.balance(asset) ?? {};
      return { a: asset, f: amount(free), l: amount(locked) };
    }),
  };
};
