import type { RawReply } from '../../core/raw-http.js';
import { createConnectLimit } from '../../core/streams/connect-limit.js';
import { createSocketEdge } from '../../core/streams/socket-edge.js';
import type { SocketVenue } from '../../core/streams/socket.js';
import type { BybitParts } from '../bybit-parts.js';
import type { BybitLimits } from '../limits.js';
import { privateSocket } from './private-socket.js';
import { publishBybitOrders } from './publish.js';
import { tradeSocket } from './trade-socket.js';

/** How the refusal looks is not documented; it is what the gateway says to too many requests. */
const tooManyConnections = (): Extract<RawReply, { kind: 'answer' }> => ({
  kind: 'answer',
  status: 403,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '403, access too frequent. Please try again later',
});

/** Bybit's WebSockets: events and orders of one account a connection. */
export const createBybitSockets = (parts: BybitParts, { connectionsPer5Minutes }: BybitLimits): SocketVenue => {
  publishBybitOrders(parts);
  const attempts = createConnectLimit(parts.world.clock, connectionsPer5Minutes);
  const allows = (): boolean => attempts.allows('the domain');
  return createSocketEdge(parts.world, {
    exchange: 'bybit',
    endpoints: [privateSocket(parts, allows, tooManyConnections), tradeSocket(parts, allows, tooManyConnections)],
    pathOf: ({ path }) => path,
    refused: tooManyConnections,
  });
};
