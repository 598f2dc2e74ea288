import type { RawReply, RawRequest } from '../core/raw-http.js';
import { createVenueEdge, type EdgeCall, type Venue, type VenueEdge } from '../core/venue-edge.js';
import type { World } from '../core/world.js';
import { accountEndpoints } from './account/account-endpoints.js';
import { apiKeyOf, assertRight, authenticate } from './authenticate.js';
import { createBybitParts, type BybitParts } from './bybit-parts.js';
import { createBybitSockets } from './streams/bybit-sockets.js';
import type { SocketVenue } from '../core/streams/socket.js';
import { createEndpointLimits, type Budget } from './endpoint-limits.js';
import type { Answer, Endpoint, SignedEndpoint } from './endpoint.js';
import { askedRefusal } from './error-table.js';
import { createIpLimit } from './ip-limit.js';
import type { BybitLimits } from './limits.js';
import { marketData } from './market/market-data.js';
import { orderEndpoints } from './order/order-endpoints.js';
import { categoryHint, orderLinkIdHint, readParams } from './params.js';
import { positionEndpoints } from './position/position-endpoints.js';
import { BybitRefusal, refuse } from './refusal.js';

type Headers = Readonly<Record<string, string>>;

const jsonReply = (status: number, body: object, headers: Headers): RawReply => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
});

/** Each answer but the gateway's plain ones is an envelope: clients take JSON without `retCode` 0 for an error. */
const envelope = (retCode: number, retMsg: string, result: object, nowMs: number): object => ({
  retCode,
  retMsg,
  result,
  retExtInfo: {},
  time: nowMs,
});

const refusal = ({ status, retCode, message }: BybitRefusal, nowMs: number, headers: Headers): RawReply =>
  retCode === undefined
    ? { kind: 'answer', status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: message }
    : jsonReply(status, envelope(retCode, message, {}, nowMs), headers);

/** Bybit's own part of the pipeline: one host that plays market data, orders, positions and the account. */
export const bybitEdge = (parts: BybitParts, limits: BybitLimits): VenueEdge<Endpoint> => {
  const { world } = parts;
  const { clock, accounts, stats } = world;
  const ipLimit = createIpLimit(clock, limits, stats);
  const endpointLimits = createEndpointLimits(clock, limits, stats);

  /** What the caller draws on; a caller that is not known has no budget, and hears no limits. */
  const budgetOf = (raw: RawRequest): Budget | undefined => {
    const account = accounts.find(apiKeyOf(raw) ?? '');
    if (account?.exchange !== 'bybit') return undefined;
    return { uid: account.uid, path: raw.path, category: categoryHint(raw.method, raw.query, raw.body) };
  };

  const signedAnswer = (raw: RawRequest, endpoint: SignedEndpoint, call: EdgeCall): Answer => {
    const receivedAtMs = clock.now();
    const caller = authenticate(raw, { accounts, stats, nowMs: call.now() });
    endpointLimits.charge({ uid: caller.account.uid, path: raw.path, category: caller.category });
    assertRight(caller, endpoint.right);
    const params = readParams(raw.method, raw.query, raw.body);
    return endpoint.answer({ ...call, params, receivedAtMs, account: caller.account, window: caller.window });
  };

  const answerOf = (raw: RawRequest, endpoint: Endpoint, call: EdgeCall): Answer =>
    endpoint.security === 'signed'
      ? signedAnswer(raw, endpoint, call)
      : endpoint.answer({ ...call, params: readParams(raw.method, raw.query, raw.body), receivedAtMs: clock.now() });

  const limitHeaders = (raw: RawRequest): Headers => {
    const budget = raw.path.startsWith('/v5/market/') ? undefined : budgetOf(raw);
    return budget === undefined ? {} : endpointLimits.headers(budget);
  };

  return {
    exchange: 'bybit',
    endpoints: [
      ...marketData(world, parts.markets),
      ...orderEndpoints(parts),
      ...positionEndpoints(parts),
      ...accountEndpoints(parts),
    ],
    apiKeyOf,
    clientOrderIdOf: ({ query, body }) => orderLinkIdHint(query, body),
    serve: (raw, endpoint, call) => {
      ipLimit.charge(raw.ip);
      if (raw.method === 'GET' && raw.body !== '') throw refuse.bodyOnGet();
      const answer = answerOf(raw, endpoint, call);
      if (answer.kind === 'cut') return answer;
      return jsonReply(200, envelope(0, answer.retMsg ?? 'OK', answer.result, call.now()), limitHeaders(raw));
    },
    refused: (error, raw, now) => (error instanceof BybitRefusal ? refusal(error, now(), limitHeaders(raw)) : undefined),
    noEndpoint: (_raw, knownPath) => refusal(knownPath ? refuse.wrongMethod() : refuse.noRoute(), clock.now(), {}),
    venueError: (asked, raw, now) => refusal(askedRefusal(asked), now(), limitHeaders(raw)),
    rateLimited: ({ status, ms }, raw, now) => {
      if (status === 403) {
        return { reply: refusal(refuse.tooFrequent(), now(), {}), concerns: ({ ip }) => ip === raw.ip };
      }
      const caller = apiKeyOf(raw);
      const headers = {
        ...limitHeaders(raw),
        'x-bapi-limit-status': '0',
        'x-bapi-limit-reset-timestamp': String(now() + ms),
      };
      return {
        reply: refusal(new BybitRefusal(status ?? 200, 10006, refuse.tooManyVisits().message), now(), headers),
        concerns: (later) => later.path === raw.path && apiKeyOf(later) === caller,
      };
    },
  };
};

/** Bybit as its clients see it, by request and by WebSocket. */
export const createBybit = (world: World, limits: BybitLimits): { readonly venue: Venue; readonly sockets: SocketVenue } => {
  const parts = createBybitParts(world);
  return { venue: createVenueEdge(world, bybitEdge(parts, limits)), sockets: createBybitSockets(parts, limits) };
};
