import type { Account } from '../../core/accounts.js';
import { isConditional, type Order, type OrderDraft } from '../../core/order.js';
import { firstFillAsked, orderTaken } from '../../core/order-faults.js';
import type { EngineRefusal } from '../../core/spot-engine.js';
import { json, type SignedCall, type SignedEndpoint } from '../endpoint.js';
import { refuse } from '../refusal.js';
import { checkWindow } from '../time-window.js';
import { commissions } from './account-info.js';
import { brokenFilter } from './filters.js';
import { readOrderRequest, type OrderRequest } from './order-params.js';
import { newOrderWire } from './order-wire.js';
import type { SpotParts } from './spot-parts.js';

/** The engine's reasons in Binance's words. */
const refusals: Readonly<Record<EngineRefusal, () => Error>> = {
  duplicate_client_order_id: () => refuse.newOrder('Duplicate order sent.'),
  insufficient_balance: () => refuse.newOrder('Account has insufficient balance for requested action.'),
  would_match: () => refuse.newOrder('Order would immediately match and take.'),
  would_trigger: () => refuse.newOrder('Order would trigger immediately.'),
  quantity_too_small: () => refuse.filter('LOT_SIZE'),
};

const checkFilters = ({ world, counts }: SpotParts, account: Account, request: OrderRequest): void => {
  const { symbol, rules } = request.market;
  const open = world.book
    .of('spot')
    .open()
    .filter(({ apiKey, pair }) => apiKey === account.apiKey && pair.symbol === symbol);
  const conditional = open.filter(({ type }) => isConditional(type)).length;
  const broken = brokenFilter({ ...request, ...request.size }, rules, world.prices.of(symbol), {
    orders: open.length,
    conditional,
  });
  if (broken !== undefined) throw refuse.filter(broken);
  counts.check(account.apiKey);
};

const draftOf = ({ world }: SpotParts, { account, receivedAtMs }: SignedCall, request: OrderRequest): OrderDraft => {
  const { market, size, clientOrderId, responseType: _responseType, ...rest } = request;
  const { rules, ...pair } = market;
  return {
    ...rest,
    exchange: 'binance',
    apiKey: account.apiKey,
    pair,
    size: 'quantity' in size ? size : { ...size, step: rules.stepSize },
    clientOrderId: clientOrderId ?? world.ids.newClientOrderId(),
    receivedAtMs,
  };
};

/** The last gate and the book. The window is checked here again, as Binance spot does just before its matching engine. */
const enterBook = (parts: SpotParts, call: SignedCall, request: OrderRequest, recheck: boolean): Order => {
  if (recheck) checkWindow(call.window, call.now());
  const draft = draftOf(parts, call, request);
  const placed = parts.engine.place({ ...draft, ...firstFillAsked(parts.world, call.target, request.market.rules.stepSize) });
  if (placed.outcome === 'refused') throw refusals[placed.reason]();
  return orderTaken(parts.world, call.target, placed.order);
};

/** `POST /api/v3/order`. */
export const placeOrder = (parts: SpotParts): SignedEndpoint => ({
  method: 'POST',
  path: '/api/v3/order',
  security: 'trade',
  weight: 1,
  changesBook: true,
  placesOrder: () => 'spot',
  read: (params) => {
    const request = readOrderRequest(params, parts.markets);
    return (call) => {
      checkFilters(parts, call.account, request);
      return call.commit((recheck) => {
        const order = enterBook(parts, call, request, recheck);
        return json(newOrderWire(order, request.responseType), {
          headers: parts.counts.headers(call.account.apiKey),
          weightless: true,
        });
      });
    };
  },
});

/** `POST /api/v3/order/test`: every check but the engine's. */
export const testOrder = (parts: SpotParts): SignedEndpoint => ({
  method: 'POST',
  path: '/api/v3/order/test',
  security: 'trade',
  weight: (params) => (params.has('computeCommissionRates') ? 20 : 1),
  read: (params) => {
    const rates = params.text('computeCommissionRates') === 'true';
    const request = readOrderRequest(params, parts.markets);
    return (call) => {
      checkFilters(parts, call.account, request);
      return json(rates ? commissions('ForOrder') : {});
    };
  },
});
