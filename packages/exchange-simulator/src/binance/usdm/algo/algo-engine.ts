import { absolute, type Decimal } from '@latchkey/kernel';
import { childOf, isLimit, type AlgoOrder } from '../../../core/algo-order.js';
import type { LinearRefusal } from '../../../core/linear-refusal.js';
import type { LinearDraft, Order } from '../../../core/order.js';
import { isOpen } from '../../../core/order.js';
import { reduces } from '../../../core/positions.js';
import { hasReached } from '../../../core/triggers.js';
import type { LinearEngine } from '../../../core/linear-engine.js';
import type { World } from '../../../core/world.js';

/** Moves conditional orders; what they bring is moved by the linear engine as any other order. */
export type AlgoEngine = {
  /** All checks must be passed. */
  readonly place: (order: AlgoOrder) => void;
  /** The order must wait for its price. */
  readonly cancel: (order: AlgoOrder) => AlgoOrder;
  /** Ends conditional orders with the orders that they brought. Called last of all who follow the book, so that the child's end is told first. */
  readonly followChildren: () => void;
};

const failures: Readonly<Record<LinearRefusal, string>> = {
  duplicate_client_order_id: 'ClientOrderId is duplicated.',
  position_side: "Order's position side does not match user's setting.",
  quantity_too_small: 'Quantity less than zero.',
  would_match: 'Due to the order could not be executed as maker, the Post Only order will be rejected.',
  would_trigger: 'Order would immediately trigger.',
  reduce_only: 'ReduceOnly Order is rejected.',
  position_limit: 'Exceeded the maximum allowable position at current leverage.',
  insufficient_margin: 'Margin is insufficient.',
};

/** What a close-all order closes now; undefined when there is nothing on its side. */
const closableBy = ({ accounts }: World, order: AlgoOrder): Decimal | undefined => {
  const account = accounts.find(order.apiKey);
  const position = account?.linear.position(order.pair.symbol, order.linear.positionSide);
  return position !== undefined && reduces(position, order.side) ? absolute(position.size) : undefined;
};

export const createAlgoEngine = ({ world, engine }: { readonly world: World; readonly engine: LinearEngine }): AlgoEngine => {
  const { clock, ids, prices, book, algoBook, faults, timers } = world;
  /** The conditional order whose child enters the engine at this moment. */
  let entering: AlgoOrder | undefined;

  const put = (order: AlgoOrder, change: Partial<AlgoOrder>): AlgoOrder => {
    const changed = { ...order, ...change, updatedAtMs: clock.now() };
    algoBook.put(changed);
    return changed;
  };

  const draftOf = (order: AlgoOrder, quantity: Decimal): LinearDraft => ({
    exchange: order.exchange,
    apiKey: order.apiKey,
    pair: order.pair,
    side: order.side,
    type: isLimit(order.type) ? 'limit' : 'market',
    timeInForce: isLimit(order.type) ? order.timeInForce : 'gtc',
    ...(order.price === undefined ? {} : { price: order.price }),
    // The child's own client id is not documented; it is one that the venue invents.
    clientOrderId: ids.newClientOrderId(),
    receivedAtMs: clock.now(),
    echo: order.echo,
    quantity,
    // In hedge mode an order against its side closes, and the flag is refused.
    linear: {
      ...order.linear,
      reduceOnly: order.linear.reduceOnly || (order.closePosition && order.linear.positionSide === 'both'),
    },
    algoId: order.algoId,
    ...(order.firstFill === undefined ? {} : { firstFill: order.firstFill }),
  });

  const enter = (order: AlgoOrder): void => {
    const quantity = order.closePosition ? closableBy(world, order) : order.quantity;
    if (quantity === undefined) return void put(order, { status: 'rejected', failure: failures.reduce_only });
    entering = order;
    const placed = engine.place(draftOf(order, quantity));
    entering = undefined;
    if (placed.outcome === 'refused') put(order, { status: 'rejected', failure: failures[placed.reason] });
  };

  const trigger = (order: AlgoOrder): void => {
    const triggering = put(order, { status: 'triggering', triggeredAtMs: clock.now() });
    const target = {
      exchange: order.exchange,
      apiKey: order.apiKey,
      path: '/fapi/v1/algoOrder',
      method: 'POST',
      clientOrderId: order.clientAlgoId,
    };
    const stuck = faults.take(['algo-stuck'], target);
    if (stuck === undefined) enter(triggering);
    else if (stuck.ms > 0) timers.later(stuck.ms, () => enter(triggering));
  };

  // Before anybody else hears of the child: "triggered" comes first, then what became of it.
  book.onChange((before, after) => {
    if (before !== undefined || entering === undefined || after.algoId !== entering.algoId) return;
    put(entering, { status: 'triggered', child: { ...childOf(after), executed: '0' as Decimal, averagePrice: '0' as Decimal } });
  });

  prices.onChange((symbol) => {
    for (const { apiKey, algoId } of algoBook.waiting()) {
      const order = algoBook.byId(apiKey, algoId);
      if (order?.status !== 'new' || order.pair.symbol !== symbol) continue;
      const price = order.triggeredBy === 'mark' ? prices.mark(symbol) : prices.of(symbol);
      if (hasReached(order.trigger, price)) trigger(order);
    }
  });

  const follow = (child: Order): void => {
    const order = child.algoId === undefined ? undefined : algoBook.byId(child.apiKey, child.algoId);
    if (order?.status !== 'triggered') return;
    if (!isOpen(child)) put(order, { status: 'finished', child: childOf(child) });
  };

  return {
    place: (order) => algoBook.put(order),
    cancel: (order) => put(order, { status: 'canceled' }),
    followChildren: () => book.onChange((_before, after) => follow(after)),
  };
};
