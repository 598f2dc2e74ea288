import { createBybitParts } from '../bybit/bybit-parts.js';
import { bybitEdge } from '../bybit/bybit-venue.js';
import { documentedBybitLimits } from '../bybit/limits.js';
import { createVenueEdge, type EdgeEndpoint } from '../core/venue-edge.js';
import { player, type PlayedVenue, type Sample } from './played-venue.js';
import { hmac } from './signed-client.js';

const marketOrder = { symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', qty: '0.01', marketUnit: 'baseCoin' };
const limitOrder = { ...marketOrder, orderType: 'Limit', price: '59000' };
const isSigned = (endpoint: EdgeEndpoint): boolean => 'security' in endpoint && endpoint.security === 'signed';

const written = (method: string, parameters: Sample): { readonly query: string; readonly body: string } =>
  method === 'GET'
    ? {
        query: Object.entries(parameters)
          .map(([name, value]) => `${name}=${value}`)
          .join('&'),
        body: '',
      }
    : { query: '', body: JSON.stringify(parameters) };

/** Bybit for the specs that run over every endpoint, asked for one of its categories wherever a category can be told. */
export const playedBybit = (category: 'spot' | 'linear'): PlayedVenue => ({
  exchange: 'bybit',
  open: (world) => {
    const edge = bybitEdge(createBybitParts(world), documentedBybitLimits);
    // `order/amend` is there to refuse in words; there is nothing of it that a fault could hit.
    const endpoints = edge.endpoints.filter(({ path }) => path !== '/v5/order/amend');
    return { endpoints, venue: createVenueEdge(world, edge) };
  },
  isSigned,
  sign: (endpoint, parameters, nowMs) => {
    const { method, path } = endpoint;
    const { query, body } = written(method, parameters);
    const signature = hmac(player.apiSecret, `${nowMs}${player.apiKey}5000${query}${body}`);
    const headers = isSigned(endpoint)
      ? {
          'x-bapi-api-key': player.apiKey,
          'x-bapi-timestamp': String(nowMs),
          'x-bapi-recv-window': '5000',
          'x-bapi-sign': signature,
        }
      : {};
    return { method, path, query, body, headers, ip: '127.0.0.1' };
  },
  samples: {
    category,
    symbol: 'BTCUSDT',
    OrderLinkId: 'waiting',
    orderLinkId: 'waiting',
    accountType: 'UNIFIED',
    setMarginMode: 'REGULAR_MARGIN',
    buyLeverage: '7',
    sellLeverage: '7',
  },
  given: {
    'POST /v5/order/create': { ...marketOrder, category, orderLinkId: 'new' },
    'POST /v5/order/cancel': { category, symbol: 'BTCUSDT', orderLinkId: 'waiting' },
    // Spot has no positions.
    'POST /v5/position/set-leverage': { category: 'linear' },
    'GET /v5/position/list': { category: 'linear' },
    'GET /v5/market/risk-limit': { category: 'linear' },
    'POST /v5/position/switch-mode': { category: 'linear', symbol: 'ETHUSDT', mode: 3 },
    'POST /v5/account/set-margin-mode': { setMarginMode: 'PORTFOLIO_MARGIN' },
  },
  before: [['POST /v5/order/create', { ...limitOrder, category, orderLinkId: 'waiting' }]],
  missing: ({ retMsg }) => {
    const names = /^params error: (.+) is required$/.exec(String(retMsg))?.[1];
    return names === undefined ? [] : names.split(' or ');
  },
  isTaken: (reply) => reply.kind === 'answer' && reply.status === 200 && reply.body.startsWith('{"retCode":0,'),
});
