import type { RawReply, RawRequest } from '../raw-http.js';
import type { Exchange } from '../names.js';
import { htmlPage } from '../venue-edge.js';
import type { World } from '../world.js';
import type { SocketHandler, SocketLink, SocketVenue } from './socket.js';
import type { StreamPath } from './stream-faults.js';

/** One kind of WebSocket of a venue. */
export type SocketEndpoint = {
  readonly path: StreamPath;
  /** @returns what it starts, or the answer that refuses the upgrade */
  readonly open: (raw: RawRequest) => ((link: SocketLink) => SocketHandler) | Extract<RawReply, { kind: 'answer' }>;
};

/** A venue's own part of every upgrade. */
export type SocketEdge = {
  readonly exchange: Exchange;
  readonly endpoints: readonly SocketEndpoint[];
  /** The endpoint that a path means; some carry a key behind it. */
  readonly pathOf: (raw: RawRequest) => string;
  /** "Too many connections", by its limit or by fault `stream-refuse`. */
  readonly refused: (raw: RawRequest) => Extract<RawReply, { kind: 'answer' }>;
};

const switching = 101;
const proxyStatus = 503;

/**
 * The way of every upgrade: `delay`; then `drop`, `status` or `stream-refuse`; then the venue. Kinds that are made for requests meet an
 * upgrade only when they name its path: a test that loses an order does not mean the stream beside it.
 */
export const createSocketEdge = (world: World, edge: SocketEdge): SocketVenue => {
  const { faults, timers, stats } = world;
  const endpoints = new Map<string, SocketEndpoint>(edge.endpoints.map((endpoint) => [endpoint.path, endpoint]));
  const names = ({ path }: { readonly path?: string }): boolean => path !== undefined;

  return async (raw) => {
    const path = edge.pathOf(raw);
    const endpoint = endpoints.get(path);
    const target = { exchange: edge.exchange, apiKey: undefined, path, method: 'GET' };
    const told = <Reply extends Extract<RawReply, { kind: 'answer' | 'cut' }>>(reply: Reply): Reply => {
      stats.request(endpoint?.path, reply.kind === 'cut' ? 'cut' : reply.status);
      return reply;
    };
    const page = (status: number) => told(htmlPage(status) as Extract<RawReply, { kind: 'answer' }>);
    const delay = faults.take(['delay'], target, names);
    if (delay !== undefined && !(await timers.sleep(delay.ms))) return told({ kind: 'cut' });
    const fault = faults.take(['drop', 'status'], target, names) ?? faults.take(['stream-refuse'], target);
    if (fault?.kind === 'drop') return told({ kind: 'cut' });
    if (fault?.kind === 'status') return page(fault.status ?? proxyStatus);
    if (fault?.kind === 'stream-refuse') return told(edge.refused(raw));
    if (endpoint === undefined) return page(404);
    const opened = endpoint.open(raw);
    if (typeof opened !== 'function') return told(opened);
    stats.request(path, switching);
    return { kind: 'open', start: opened };
  };
};
