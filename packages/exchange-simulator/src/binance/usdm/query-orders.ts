import type { OrderId } from '../../core/names.js';
import { isVisible } from '../../core/order-faults.js';
import { isOpen, type Order } from '../../core/order.js';
import { json, type SignedCall, type SignedEndpoint } from '../endpoint.js';
import { cutPage, inPage, readPage } from '../page.js';
import type { Params } from '../params.js';
import { refuse } from '../refusal.js';
import { usdmOrderWire, usdmTradeWire } from './order-wire.js';
import type { UsdmMarket } from './usdm-markets.js';
import type { UsdmParts } from './usdm-parts.js';

/** How a request names one order; with both ids the venue's own prevails and the client's is not looked at. */
export type UsdmOrderName = { readonly market: UsdmMarket; readonly orderId?: OrderId; readonly clientOrderId?: string };

/** @throws {BinanceRefusal} -1102 when neither id is given */
export const readUsdmOrderName = (params: Params, { markets }: UsdmParts): UsdmOrderName => {
  const market = markets.required(params);
  const orderId = params.integer('orderId') as OrderId | undefined;
  const clientOrderId = params.text('origClientOrderId');
  if (orderId !== undefined) return { market, orderId };
  if (clientOrderId === undefined) throw refuse.oneOf('origClientOrderId', 'orderId');
  return { market, clientOrderId };
};

/** The order as the engine knows it, visible or not. */
export const findUsdmOrder = (
  { book }: UsdmParts,
  { account: { apiKey } }: SignedCall,
  { market, orderId, clientOrderId }: UsdmOrderName,
): Order | undefined => {
  const found = orderId === undefined ? book.byClientId(apiKey, clientOrderId ?? '') : book.byId(apiKey, orderId);
  return found?.pair.symbol === market.symbol ? found : undefined;
};

const visibleOrders = ({ world, book }: UsdmParts, { account, target }: SignedCall): readonly Order[] =>
  book.ofAccount(account.apiKey).filter((order) => isVisible(world, target, order));

type Read = Pick<SignedEndpoint, 'path' | 'weight' | 'read'>;
const userData = (about: Read): SignedEndpoint => ({ method: 'GET', security: 'futures_data', ...about });

/** `order` shows any order, `openOrder` only one that is open. */
const oneOrder = (parts: UsdmParts, path: string, shows: (order: Order) => boolean): SignedEndpoint =>
  userData({
    path,
    weight: 1,
    read: (params) => {
      const name = readUsdmOrderName(params, parts);
      return (call) => {
        const order = findUsdmOrder(parts, call, name);
        if (order === undefined || !isVisible(parts.world, call.target, order) || !shows(order)) throw refuse.noSuchOrder();
        return json(usdmOrderWire(parts.markets, order));
      };
    },
  });

const openOrders = (parts: UsdmParts): SignedEndpoint =>
  userData({
    path: '/fapi/v1/openOrders',
    weight: (params) => (params.has('symbol') ? 1 : 40),
    read: (params) => {
      const market = parts.markets.optional(params);
      return (call) => {
        const open = visibleOrders(parts, call).filter(isOpen);
        const asked = open.filter(({ pair }) => market === undefined || pair.symbol === market.symbol);
        return json(asked.map((order) => usdmOrderWire(parts.markets, order)));
      };
    },
  });

const allOrders = (parts: UsdmParts): SignedEndpoint =>
  userData({
    path: '/fapi/v1/allOrders',
    weight: 5,
    read: (params) => {
      const { symbol } = parts.markets.required(params);
      const fromId = params.integer('orderId');
      const page = readPage(params);
      return (call) => {
        const found = visibleOrders(parts, call).filter(
          (order) => order.pair.symbol === symbol && order.orderId >= (fromId ?? 0) && inPage(page, order.acceptedAtMs),
        );
        return json(cutPage(found, page, fromId).map((order) => usdmOrderWire(parts.markets, order)));
      };
    },
  });

const userTrades = (parts: UsdmParts): SignedEndpoint =>
  userData({
    path: '/fapi/v1/userTrades',
    weight: 5,
    read: (params) => {
      const { symbol } = parts.markets.required(params);
      const orderId = params.integer('orderId');
      const fromId = params.integer('fromId');
      const page = readPage(params);
      return (call) => {
        const trades = visibleOrders(parts, call)
          .filter((order) => order.pair.symbol === symbol && (orderId === undefined || order.orderId === orderId))
          .flatMap((order) => order.fills.map((fill) => ({ order, fill })))
          .filter(({ fill }) => fill.tradeId >= (fromId ?? 0) && inPage(page, fill.atMs))
          .sort((a, b) => a.fill.tradeId - b.fill.tradeId);
        return json(cutPage(trades, page, fromId).map(({ order, fill }) => usdmTradeWire(parts.markets, order, fill)));
      };
    },
  });

export const usdmQueries = (parts: UsdmParts): readonly SignedEndpoint[] => [
  oneOrder(parts, '/fapi/v1/order', () => true),
  oneOrder(parts, '/fapi/v1/openOrder', isOpen),
  openOrders(parts),
  allOrders(parts),
  userTrades(parts),
];
