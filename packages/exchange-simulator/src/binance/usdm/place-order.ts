import { isPositive } from '@latchkey/kernel';
import type { Account } from '../../core/accounts.js';
import type { LinearRefusal } from '../../core/linear-refusal.js';
import { isClosing } from '../../core/margin.js';
import type { OrderId } from '../../core/names.js';
import { firstFillAsked, orderTaken } from '../../core/order-faults.js';
import { type LinearDraft, type LinearTerms, type Order } from '../../core/order.js';
import { json, type SignedCall, type SignedEndpoint } from '../endpoint.js';
import { refuse } from '../refusal.js';
import { brokenUsdmFilter } from './filters.js';
import { readUsdmOrder, type UsdmOrderRequest } from './order-params.js';
import { usdmChangeWire, usdmTestWire } from './order-wire.js';
import type { UsdmParts } from './usdm-parts.js';
import { refuseUsdm } from './usdm-refusal.js';

/** The engine's reasons in Binance's words. */
const refusals: Readonly<Record<LinearRefusal, () => Error>> = {
  duplicate_client_order_id: refuseUsdm.duplicateClientOrderId,
  position_side: refuseUsdm.positionSideMode,
  quantity_too_small: refuseUsdm.quantityBelowZero,
  would_match: refuseUsdm.wouldMatch,
  would_trigger: refuseUsdm.wouldTrigger,
  reduce_only: refuseUsdm.reduceOnly,
  position_limit: refuseUsdm.positionLimit,
  insufficient_margin: refuseUsdm.margin,
};

const termsOf = ({ positionSide, reduceOnly = false }: UsdmOrderRequest): LinearTerms => ({ positionSide, reduceOnly });

const checkArrival = ({ world, book, counts }: UsdmParts, account: Account, request: UsdmOrderRequest): void => {
  const { symbol } = request.market;
  if (request.reduceOnly !== undefined && account.linear.positionMode(symbol) === 'hedge') throw refuse.notRequired('reduceonly');
  const broken = brokenUsdmFilter(request, {
    lastPrice: world.prices.of(symbol),
    markPrice: world.prices.mark(symbol),
    openOrders: book.openOf(account.apiKey).filter(({ pair }) => pair.symbol === symbol).length,
    closing: isClosing({ side: request.side, linear: termsOf(request) }),
  });
  if (broken !== undefined) throw broken;
  counts.check(account.apiKey);
};

const draftOf = ({ world }: UsdmParts, { account, receivedAtMs, target }: SignedCall, request: UsdmOrderRequest): LinearDraft => {
  const { market, clientOrderId, responseType: _shown, positionSide: _side, reduceOnly: _only, ...rest } = request;
  const { rules, ...pair } = market;
  return {
    ...rest,
    exchange: 'binance',
    apiKey: account.apiKey,
    pair,
    linear: termsOf(request),
    clientOrderId: clientOrderId ?? world.ids.newClientOrderId(),
    receivedAtMs,
    ...firstFillAsked(world, target, rules.stepSize),
  };
};

/** The engine and the book. Unlike spot, USDM documents no second look at the time window here, so a request that was held up enters. */
const enterBook = (parts: UsdmParts, call: SignedCall, request: UsdmOrderRequest): Order => {
  const placed = parts.engine.place(draftOf(parts, call, request));
  if (placed.outcome === 'accepted') return orderTaken(parts.world, call.target, placed.order);
  const owned = parts.engine.margin(call.account.apiKey).walletBalance;
  // When the venue says -2018 and when -2019 is not documented; here an empty wallet gets the former.
  throw placed.reason === 'insufficient_margin' && !isPositive(owned) ? refuseUsdm.balance() : refusals[placed.reason]();
};

/** An order as it was when it was taken: what ACK answers show, whatever came of it. */
const untouched = (order: Order): Order => {
  const { endedBy: _why, ...rest } = order;
  return { ...rest, status: 'new', fills: [], updatedAtMs: order.acceptedAtMs };
};

/** `POST /fapi/v1/order`. It weighs nothing on the address and counts for the account. */
export const placeUsdmOrder = (parts: UsdmParts): SignedEndpoint => ({
  method: 'POST',
  path: '/fapi/v1/order',
  security: 'futures_trade',
  weight: 0,
  changesBook: true,
  placesOrder: () => 'linear',
  read: (params) => {
    const request = readUsdmOrder(params, parts.markets);
    return (call) => {
      checkArrival(parts, call.account, request);
      return call.commit(() => {
        const order = enterBook(parts, call, request);
        const shown = request.responseType === 'ACK' ? untouched(order) : order;
        return json(usdmChangeWire(parts.markets, shown), { headers: parts.counts.headers(call.account.apiKey) });
      });
    };
  },
});

/** `POST /fapi/v1/order/test`: every check but the engine's. */
export const testUsdmOrder = (parts: UsdmParts): SignedEndpoint => ({
  method: 'POST',
  path: '/fapi/v1/order/test',
  security: 'futures_trade',
  weight: 0,
  read: (params) => {
    const request = readUsdmOrder(params, parts.markets);
    return (call) => {
      checkArrival(parts, call.account, request);
      const nowMs = parts.world.clock.now();
      const draft = draftOf(parts, call, request);
      const times = { acceptedAtMs: nowMs, updatedAtMs: nowMs };
      const order: Order = { ...draft, ...times, market: 'linear', orderId: 0 as OrderId, status: 'new', fills: [] };
      return json(usdmTestWire(parts.markets, order));
    };
  },
});
