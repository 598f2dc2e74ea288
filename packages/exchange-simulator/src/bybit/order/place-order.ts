import { zero } from '@latchkey/kernel';
import {
  type LinearDraft,
  type Order,
  type OrderDraft,
  type OrderType,
  type PositionSide,
  type TimeInForce,
} from '../../core/order.js';
import { firstFillAsked, orderTaken } from '../../core/order-faults.js';
import type { LinearRefusal } from '../../core/linear-refusal.js';
import type { EngineRefusal } from '../../core/spot-engine.js';
import type { BybitParts } from '../bybit-parts.js';
import { change, result, type SignedCall, type SignedEndpoint } from '../endpoint.js';
import { categoryHint } from '../params.js';
import { orderLinkIdOf, unnamedLinkId, wireOrderId } from '../order-id.js';
import { refuse } from '../refusal.js';
import { checkOrder } from './order-checks.js';
import {
  isSpot,
  readOrderRequest,
  type LinearRequest,
  type OrderRequest,
  type PositionIndex,
  type SpotRequest,
  type WireTimeInForce,
} from './order-params.js';
import { protectivePrice } from './protective-price.js';

const maxOpenOrders = 500;
const maxConditional = { linear: 10, spot: 30 } as const;

const spotRefusals: Readonly<Record<EngineRefusal, () => Error>> = {
  duplicate_client_order_id: refuse.spot.duplicate,
  insufficient_balance: refuse.spot.insufficient,
  // Never heard: Bybit takes a post-only order that would trade, and ends it at once.
  would_match: () => refuse.request('PostOnly would take'),
  would_trigger: () => refuse.parameter('triggerPrice invalid'),
  quantity_too_small: refuse.spot.tooSmall,
};
const linearRefusals: Readonly<Record<LinearRefusal, () => Error>> = {
  duplicate_client_order_id: refuse.linear.duplicate,
  position_side: () => refuse.parameter('position idx not match position mode'),
  quantity_too_small: refuse.linear.truncated,
  would_match: () => refuse.request('PostOnly would take'),
  would_trigger: () => refuse.parameter('triggerPrice invalid'),
  reduce_only: refuse.linear.reduceOnly,
  position_limit: refuse.linear.insufficient,
  insufficient_margin: refuse.linear.insufficient,
};

const timesInForce: Readonly<Record<WireTimeInForce, TimeInForce>> = {
  GTC: 'gtc',
  IOC: 'ioc',
  FOK: 'fok',
  PostOnly: 'post_only',
};
const positionSides: Readonly<Record<PositionIndex, PositionSide>> = { 0: 'both', 1: 'long', 2: 'short' };

/** The engine's word for a spot order that waits for its trigger: whether it stops a loss or takes a profit shows in the direction. */
const spotType = ({ type, side, trigger }: SpotRequest): OrderType => {
  if (trigger === undefined) return type;
  const stops = (trigger.direction === 'rise') === (side === 'buy');
  const kind = stops ? 'stop_loss' : 'take_profit';
  return type === 'limit' ? `${kind}_limit` : kind;
};

/** What both markets' drafts have in common. */
const askedOf = ({ world }: BybitParts, { account, receivedAtMs, target }: SignedCall, request: OrderRequest) => {
  const { market, side, price, orderLinkId, qty } = request;
  const marketPrice = world.prices.of(market.symbol);
  const { symbol, base, quote } = market;
  return {
    exchange: 'bybit',
    apiKey: account.apiKey,
    pair: { symbol, base, quote },
    side,
    ...(price === undefined ? {} : { price }),
    clientOrderId: orderLinkId ?? unnamedLinkId(world.ids.newClientOrderId()),
    receivedAtMs,
    echo: {
      qty,
      timeInForce: request.timeInForce,
      wirePrice: price ?? protectivePrice(side, marketPrice, market.rules.tickSize),
      lastPriceOnCreated: marketPrice,
      ...(request.trigger === undefined
        ? {}
        : { triggerPrice: request.trigger.price, triggerDirection: request.trigger.direction === 'rise' ? 1 : 2 }),
    },
    ...firstFillAsked(world, target, market.rules.step),
  } as const;
};

const spotDraft = (parts: BybitParts, call: SignedCall, request: SpotRequest): OrderDraft => {
  const { qty, marketUnit, trigger, market, filter } = request;
  const asked = askedOf(parts, call, request);
  return {
    ...asked,
    type: spotType(request),
    timeInForce: timesInForce[request.timeInForce],
    size: marketUnit === 'quoteCoin' ? { quoteBudget: qty, step: market.rules.step } : { quantity: qty },
    ...(trigger === undefined ? {} : { stopPrice: trigger.price }),
    echo: { ...asked.echo, orderFilter: filter, marketUnit: marketUnit ?? '' },
  };
};

const linearDraft = (parts: BybitParts, call: SignedCall, request: LinearRequest): LinearDraft => {
  const { qty, trigger, positionIdx, reduceOnly } = request;
  return {
    ...askedOf(parts, call, request),
    type: request.type,
    timeInForce: timesInForce[request.timeInForce],
    quantity: qty,
    linear: { positionSide: positionSides[positionIdx], reduceOnly },
    ...(trigger === undefined ? {} : { trigger }),
  };
};

/**
 * Fault `reject-after-accept`: the client has its acknowledgement, and the order ends `Rejected` before any engine sees it. Its client id
 * is used up all the same.
 */
const rejectedLater = ({ world }: BybitParts, { target }: SignedCall, draft: OrderDraft | LinearDraft): Order | undefined => {
  const market = 'size' in draft ? 'spot' : 'linear';
  if (world.book.of(market).byClientId(draft.apiKey, draft.clientOrderId) !== undefined) return undefined;
  const fault = world.faults.take(['reject-after-accept'], target);
  if (fault === undefined) return undefined;
  const nowMs = world.clock.now();
  const { size, ...asked } = { size: undefined, ...draft };
  const order: Order = {
    quantity: zero,
    ...asked,
    ...(size === undefined ? {} : 'quantity' in size ? size : { quoteBudget: size.quoteBudget }),
    market,
    status: 'rejected',
    orderId: world.ids.nextOrderId(),
    fills: [],
    acceptedAtMs: nowMs,
    updatedAtMs: nowMs,
    echo: { ...draft.echo, rejectReason: fault.message ?? 'EC_Others' },
  };
  world.book.put(order);
  return order;
};

const enterSpot = (parts: BybitParts, call: SignedCall, request: SpotRequest): Order => {
  const draft = spotDraft(parts, call, request);
  const rejected = rejectedLater(parts, call, draft);
  if (rejected !== undefined) return rejected;
  const placed = parts.spot.place(draft);
  if (placed.outcome === 'refused') throw spotRefusals[placed.reason]();
  return placed.order;
};

const enterLinear = (parts: BybitParts, call: SignedCall, request: LinearRequest): Order => {
  const draft = linearDraft(parts, call, request);
  const rejected = rejectedLater(parts, call, draft);
  if (rejected !== undefined) return rejected;
  const placed = parts.linear.place(draft);
  if (placed.outcome === 'refused') throw linearRefusals[placed.reason]();
  return placed.order;
};

const isWaiting = (order: Order): boolean => order.workingSinceMs === undefined;
/** Spot counts its two kinds of conditional orders apart. */
const isSameKind = (order: Order, request: OrderRequest): boolean =>
  !isSpot(request) || order.echo['orderFilter'] === request.filter;

/** Orders that may be open: on linear per symbol, on spot together; those that wait for a trigger have a limit of their own. */
const assertRoom = ({ world }: BybitParts, { account }: SignedCall, request: OrderRequest): void => {
  const { category, symbol } = request.market;
  const open = world.book.of(category).openOf(account.apiKey);
  const ofSymbol = open.filter(({ pair }) => pair.symbol === symbol);
  if (request.trigger !== undefined) {
    const waiting = ofSymbol.filter((order) => isWaiting(order) && isSameKind(order, request)).length;
    if (category === 'linear' && waiting >= maxConditional.linear) throw refuse.linear.tooManyConditional();
    if (category === 'spot' && waiting >= maxConditional.spot) throw refuse.spot.tooManyOpen();
  }
  if ((category === 'spot' ? open : ofSymbol).length >= maxOpenOrders) throw refuse[category].tooManyOpen();
};

/** `POST /v5/order/create`: an acknowledgement with the two ids, whatever became of the order by then. */
export const createOrder = (parts: BybitParts): SignedEndpoint => ({
  ...change('/v5/order/create', 'trade', (call) => {
    const { markets, world } = parts;
    const request = readOrderRequest(call.params, call.params.category(), markets, world.prices);
    checkOrder(request, world.prices.of(request.market.symbol));
    assertRoom(parts, call, request);
    return call.commit(() => {
      const order = isSpot(request) ? enterSpot(parts, call, request) : enterLinear(parts, call, request);
      const taken = orderTaken(world, call.target, order);
      return result({ orderId: wireOrderId(taken.orderId), orderLinkId: orderLinkIdOf(taken) });
    });
  }),
  // An order without a category is refused, whatever the plan has for it.
  placesOrder: ({ method, query, body }) => categoryHint(method, query, body) ?? 'linear',
});
