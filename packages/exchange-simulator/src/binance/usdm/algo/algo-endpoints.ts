import { isWaiting, type AlgoOrder } from '../../../core/algo-order.js';
import { firstFillAsked, hiddenFromNowOn, isShown } from '../../../core/order-faults.js';
import { json, type SignedCall, type SignedEndpoint } from '../../endpoint.js';
import { cutPage, inPage, readPage } from '../../page.js';
import type { Params } from '../../params.js';
import { refuse } from '../../refusal.js';
import type { UsdmParts } from '../usdm-parts.js';
import { refuseUsdm } from '../usdm-refusal.js';
import { algoRefusal, brokenAlgoFilter } from './algo-checks.js';
import { readAlgoOrder, type AlgoRequest } from './algo-params.js';
import { algoWire, newAlgoWire } from './algo-wire.js';

const path = '/fapi/v1/algoOrder';

/** A stop waits for the price to move against its side, a profit is taken with it. */
const directionOf = ({ type, side }: AlgoRequest): 'rise' | 'fall' =>
  type.startsWith('stop') === (side === 'buy') ? 'rise' : 'fall';

const orderOf = ({ world }: UsdmParts, { account, target, receivedAtMs }: SignedCall, request: AlgoRequest): AlgoOrder => {
  const nowMs = world.clock.now();
  const { rules, ...pair } = request.market;
  const { quantity, price } = request;
  return {
    exchange: 'binance',
    apiKey: account.apiKey,
    algoId: world.ids.nextAlgoId(),
    clientAlgoId: request.clientAlgoId ?? world.ids.newClientOrderId(),
    pair,
    side: request.side,
    type: request.type,
    timeInForce: request.timeInForce,
    ...(quantity === undefined ? {} : { quantity }),
    ...(price === undefined ? {} : { price }),
    trigger: { price: request.triggerPrice, direction: directionOf(request) },
    triggeredBy: request.triggeredBy,
    linear: { positionSide: request.positionSide, reduceOnly: request.reduceOnly ?? false },
    closePosition: request.closePosition,
    echo: request.echo,
    ...firstFillAsked(world, target, rules.stepSize),
    status: 'new',
    receivedAtMs,
    acceptedAtMs: nowMs,
    updatedAtMs: nowMs,
  };
};

/** `POST /fapi/v1/algoOrder`. It weighs nothing on the address and counts for the account, as an order does. */
const placeAlgoOrder = (parts: UsdmParts): SignedEndpoint => ({
  method: 'POST',
  path,
  security: 'futures_trade',
  weight: 0,
  changesBook: true,
  placesOrder: () => 'linear',
  read: (params) => {
    const request = readAlgoOrder(params, parts.markets);
    return (call) => {
      const { account } = call;
      const mode = account.linear.positionMode(request.market.symbol);
      if (request.reduceOnly !== undefined && mode === 'hedge') throw refuse.notRequired('reduceonly');
      if ((mode === 'one-way') !== (request.positionSide === 'both')) throw refuseUsdm.positionSideMode();
      const broken = brokenAlgoFilter(request);
      if (broken !== undefined) throw broken;
      parts.counts.check(account.apiKey);
      return call.commit(() => {
        const order = orderOf(parts, call, request);
        const refusal = algoRefusal(parts, order);
        if (refusal !== undefined) throw refusal;
        parts.counts.accepted(account.apiKey);
        parts.algo.place(order);
        const taken = hiddenFromNowOn(parts.world, call.target, order, parts.world.algoBook.put);
        return json(newAlgoWire(parts.markets, taken), { headers: parts.counts.headers(account.apiKey) });
      });
    };
  },
});

type AlgoName = { readonly algoId: number } | { readonly clientAlgoId: string };

/** The symbol is not needed, and does not matter. @throws {BinanceRefusal} -1102 when neither id is given */
const readName = (params: Params, { markets }: UsdmParts): AlgoName => {
  markets.optional(params);
  const algoId = params.integer('algoId');
  const clientAlgoId = params.text('clientAlgoId');
  if (algoId !== undefined) return { algoId };
  if (clientAlgoId === undefined) throw refuse.oneOf('clientAlgoId', 'algoId');
  return { clientAlgoId };
};
const find = ({ world: { algoBook } }: UsdmParts, { account: { apiKey } }: SignedCall, name: AlgoName): AlgoOrder | undefined =>
  'algoId' in name ? algoBook.byId(apiKey, name.algoId) : algoBook.byClientId(apiKey, name.clientAlgoId);

/** `DELETE /fapi/v1/algoOrder`: only what still waits for its price; its child is cancelled as the order that it is. */
const cancelAlgoOrder = (parts: UsdmParts): SignedEndpoint => ({
  method: 'DELETE',
  path,
  security: 'futures_trade',
  weight: 1,
  changesBook: true,
  read: (params) => {
    const name = readName(params, parts);
    return (call) =>
      call.commit(() => {
        const order = find(parts, call, name);
        if (order === undefined || !isWaiting(order)) throw refuse.cancel('Unknown order sent.');
        const { algoId, clientAlgoId } = parts.algo.cancel(order);
        return json({ algoId, clientAlgoId, code: '200', msg: 'success' });
      });
  },
});

/** `DELETE /fapi/v1/algoOpenOrders`: all of one symbol; plain orders stay. */
const cancelAllAlgoOrders = (parts: UsdmParts): SignedEndpoint => ({
  method: 'DELETE',
  path: '/fapi/v1/algoOpenOrders',
  security: 'futures_trade',
  weight: 1,
  changesBook: true,
  read: (params) => {
    const { symbol } = parts.markets.required(params);
    return ({ account, commit }) =>
      commit(() => {
        const own = parts.world.algoBook.ofAccount(account.apiKey);
        for (const order of own) if (isWaiting(order) && order.pair.symbol === symbol) parts.algo.cancel(order);
        return json({ code: 200, msg: 'success' });
      });
  },
});

const isVisible = ({ world }: UsdmParts, { target }: SignedCall, order: AlgoOrder): boolean =>
  isShown(world, target, order, world.algoBook.put);

/** `GET /fapi/v1/algoOrder`. */
const queryAlgoOrder = (parts: UsdmParts): SignedEndpoint => ({
  method: 'GET',
  path,
  security: 'futures_data',
  weight: 1,
  read: (params) => {
    const name = readName(params, parts);
    return (call) => {
      const order = find(parts, call, name);
      if (order === undefined || !isVisible(parts, call, order)) throw refuse.noSuchOrder();
      return json(algoWire(parts.markets, order));
    };
  },
});

/** `GET /fapi/v1/openAlgoOrders`. */
const openAlgoOrders = (parts: UsdmParts): SignedEndpoint => ({
  method: 'GET',
  path: '/fapi/v1/openAlgoOrders',
  security: 'futures_data',
  weight: (params) => (params.has('symbol') ? 1 : 40),
  read: (params) => {
    const market = parts.markets.optional(params);
    const algoId = params.integer('algoId');
    return (call) => {
      const own = parts.world.algoBook
        .ofAccount(call.account.apiKey)
        .filter(
          (order) =>
            (market === undefined || order.pair.symbol === market.symbol) &&
            (algoId === undefined || order.algoId === algoId) &&
            (isWaiting(order) || order.status === 'triggering') &&
            isVisible(parts, call, order),
        );
      return json(own.map((order) => algoWire(parts.markets, order)));
    };
  },
});

/** `GET /fapi/v1/allAlgoOrders`. */
const allAlgoOrders = (parts: UsdmParts): SignedEndpoint => ({
  method: 'GET',
  path: '/fapi/v1/allAlgoOrders',
  security: 'futures_data',
  weight: 5,
  read: (params) => {
    const { symbol } = parts.markets.required(params);
    const fromId = params.integer('algoId');
    const page = readPage(params);
    return (call) => {
      const found = parts.world.algoBook
        .ofAccount(call.account.apiKey)
        .filter(
          (order) =>
            order.pair.symbol === symbol &&
            order.algoId >= (fromId ?? 0) &&
            inPage(page, order.acceptedAtMs) &&
            isVisible(parts, call, order),
        );
      return json(cutPage(found, page, fromId).map((order) => algoWire(parts.markets, order)));
    };
  },
});

/** Conditional orders, which USDM keeps apart from the order book since 2025-12-09. */
export const algoEndpoints = (parts: UsdmParts): readonly SignedEndpoint[] => [
  placeAlgoOrder(parts),
  cancelAlgoOrder(parts),
  cancelAllAlgoOrders(parts),
  queryAlgoOrder(parts),
  openAlgoOrders(parts),
  allAlgoOrders(parts),
];
