import { binanceEdge, createBinanceParts } from '../binance/binance-venue.js';
import { documentedLimits } from '../binance/ip-limits.js';
import { createVenueEdge, type EdgeEndpoint } from '../core/venue-edge.js';
import { player, type PlayedVenue } from './played-venue.js';
import { hmac } from './signed-client.js';
import { encoded } from './venue-in-memory.js';

const limitOrder = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01', price: '59000' };
const marketOrder = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01', newClientOrderId: 'new' };
const algoOrder = {
  algoType: 'CONDITIONAL',
  symbol: 'BTCUSDT',
  side: 'SELL',
  type: 'STOP_MARKET',
  quantity: '0.01',
  triggerPrice: '50000',
};

const isSigned = (endpoint: EdgeEndpoint): boolean =>
  'security' in endpoint && endpoint.security !== 'none' && endpoint.security !== 'key';

/** Binance, all its hosts, for the specs that run over every endpoint. */
export const playedBinance: PlayedVenue = {
  exchange: 'binance',
  open: (world) => {
    const edge = binanceEdge(createBinanceParts(world, documentedLimits));
    return { endpoints: edge.endpoints, venue: createVenueEdge(world, edge) };
  },
  isSigned,
  sign: (endpoint, parameters, nowMs) => {
    const payload = encoded(isSigned(endpoint) ? { timestamp: nowMs, ...parameters } : parameters);
    const query = isSigned(endpoint) ? `${payload}&signature=${hmac(player.apiSecret, payload)}` : payload;
    const { method, path } = endpoint;
    return { method, path, query, body: '', headers: { 'x-mbx-apikey': player.apiKey }, ip: '127.0.0.1' };
  },
  samples: {
    symbol: 'BTCUSDT',
    interval: '1m',
    origClientOrderId: 'waiting',
    clientAlgoId: 'waiting',
    leverage: 7,
    marginType: 'ISOLATED',
    dualSidePosition: 'true',
    type: '1',
    amount: '1',
    positionSide: 'BOTH',
  },
  given: {
    'POST /api/v3/order': marketOrder,
    'POST /api/v3/order/test': marketOrder,
    'POST /fapi/v1/order': marketOrder,
    'POST /fapi/v1/order/test': marketOrder,
    // Open orders of the symbol would stand in the way.
    'POST /fapi/v1/marginType': { symbol: 'ETHUSDT', marginType: 'ISOLATED' },
    'POST /fapi/v1/algoOrder': { ...algoOrder, clientAlgoId: 'new' },
  },
  alone: ['POST /fapi/v1/positionSide/dual'],
  before: [
    ['POST /fapi/v1/listenKey', {}],
    ['POST /api/v3/order', { ...limitOrder, newClientOrderId: 'waiting' }],
    ['POST /fapi/v1/order', { ...limitOrder, newClientOrderId: 'waiting' }],
    ['POST /fapi/v1/algoOrder', { ...algoOrder, side: 'BUY', triggerPrice: '70000', clientAlgoId: 'waiting' }],
  ],
  missing: ({ msg }) => {
    const text = String(msg);
    const one = /^Mandatory parameter '(\w+)'/.exec(text)?.[1];
    const either = /^Param '(\w+)' or '(\w+)'/.exec(text);
    return one === undefined ? [either?.[1] ?? '', either?.[2] ?? ''] : [one];
  },
  isTaken: (reply) => reply.kind === 'answer' && reply.status === 200,
};
