import type { RawReply, RawRequest } from '../../core/raw-http.js';
import { createConnectLimit } from '../../core/streams/connect-limit.js';
import { createSocketEdge } from '../../core/streams/socket-edge.js';
import type { SocketVenue } from '../../core/streams/socket.js';
import type { BinanceParts } from './binance-parts.js';
import { usdmPathOf, usdmSockets } from './usdm-socket.js';
import { wsApiSocket } from './ws-api-socket.js';

const retryAfterSeconds = '300';

/** How the refusal looks is not documented; it is what the venue says to too many requests. */
const tooManyConnections = (_raw: RawRequest): Extract<RawReply, { kind: 'answer' }> => ({
  kind: 'answer',
  status: 429,
  headers: { 'content-type': 'application/json;charset=UTF-8', 'retry-after': retryAfterSeconds },
  body: JSON.stringify({ code: -1003, msg: 'Too many connection attempts.' }),
});

/** Binance's WebSockets: spot's API, and the futures' private streams. */
export const createBinanceSockets = (parts: BinanceParts): SocketVenue => {
  const attempts = createConnectLimit(parts.world.clock, parts.limits.connectionsPer5Minutes);
  return createSocketEdge(parts.world, {
    exchange: 'binance',
    endpoints: [wsApiSocket(parts, attempts.allows, tooManyConnections), ...usdmSockets(parts)],
    pathOf: ({ path }) => usdmPathOf(path),
    refused: tooManyConnections,
  });
};
