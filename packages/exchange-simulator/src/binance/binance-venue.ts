import type { RawReply, RawRequest } from '../core/raw-http.js';
import { createVenueEdge, htmlPage, type EdgeCall, type Venue, type VenueEdge } from '../core/venue-edge.js';
import type { World } from '../core/world.js';
import { apiKeyOf, authenticate, authenticateKey, environmentOf, readCredentials } from './authenticate.js';
import { derivativesEndpoints } from './derivatives/derivatives-endpoints.js';
import type { Answer, Endpoint } from './endpoint.js';
import { askedRefusal } from './error-table.js';
import { clientOrderIdOf } from './order-name.js';
import { createIpLimiter, type BinanceLimits } from './ip-limits.js';
import { readParams, type Params } from './params.js';
import { BinanceRefusal, refuse } from './refusal.js';
import { createSpotParts, spotEndpoints } from './spot/spot-endpoints.js';
import type { BinanceParts } from './streams/binance-parts.js';
import { publishOrders } from './streams/publish.js';
import { createBinanceSockets } from './streams/binance-sockets.js';
import type { SocketVenue } from '../core/streams/socket.js';
import { createUsdmParts, usdmEndpoints } from './usdm/usdm-endpoints.js';
import { walletEndpoints } from './wallet/wallet-endpoints.js';

const jsonReply = (status: number, body: unknown, headers: Readonly<Record<string, string>>): RawReply => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
  body: JSON.stringify(body),
});

export const createBinanceParts = (world: World, limits: BinanceLimits): BinanceParts => {
  const spot = createSpotParts(world, limits);
  const parts: BinanceParts = {
    world,
    limits,
    limiter: createIpLimiter(world.clock, limits, world.stats),
    spot,
    usdm: createUsdmParts(world, limits.usdm),
    spotEndpoints: spotEndpoints(spot, limits),
  };
  publishOrders(parts);
  parts.usdm.algo.followChildren();
  return parts;
};

/** Binance's own part of the pipeline: one host that plays spot, wallet and the futures. */
export const binanceEdge = (parts: BinanceParts): VenueEdge<Endpoint> => {
  const { world, limits, limiter } = parts;
  const { clock, accounts, stats } = world;

  // A loopback address serves both: then the key says which one is meant.
  const isOnTestnet = (raw: RawRequest): boolean =>
    (environmentOf(raw) ?? accounts.find(apiKeyOf(raw) ?? '')?.environment) === 'testnet';

  const refusedWith = ({ status, venueCode, message, headers }: BinanceRefusal, { ip, path }: RawRequest): RawReply =>
    jsonReply(status, { code: venueCode, msg: message }, { ...limiter.headers(ip, path), ...headers });

  const answerOf = (raw: RawRequest, endpoint: Endpoint, params: Params, edge: EdgeCall): Answer => {
    const call = { ...edge, receivedAtMs: clock.now() };
    if (endpoint.security === 'none') {
      const answer = endpoint.read(params);
      if (endpoint.passesUnknown !== true) params.assertAllRead();
      return answer(call);
    }
    if (endpoint.security === 'key') return endpoint.answer({ ...call, account: authenticateKey(raw, accounts) });
    const credentials = readCredentials(apiKeyOf(raw), params);
    const answer = endpoint.read(params);
    if (endpoint.passesUnknown !== true) params.assertAllRead();
    const account = authenticate(raw, credentials, endpoint.security, { accounts, stats, nowMs: call.now() });
    return answer({ ...call, account, window: credentials.window });
  };

  /** Weight is charged before anything is looked at; where it depends on the parameters, what cannot be parsed costs nothing. */
  const charged = (raw: RawRequest, endpoint: Endpoint): { readonly params: Params; readonly weight: number } => {
    const parse = (): Params => readParams(raw.query, raw.body);
    if (typeof endpoint.weight === 'number') {
      limiter.charge(raw.ip, raw.path, endpoint.weight);
      return { params: parse(), weight: endpoint.weight };
    }
    const params = parse();
    const weight = endpoint.weight(params);
    limiter.charge(raw.ip, raw.path, weight);
    return { params, weight };
  };

  return {
    exchange: 'binance',
    endpoints: [
      ...parts.spotEndpoints,
      ...usdmEndpoints(parts.usdm, limits.usdm),
      ...walletEndpoints(world),
      ...derivativesEndpoints(),
    ],
    apiKeyOf,
    clientOrderIdOf,
    serve: (raw, endpoint, call) => {
      const { ip, path } = raw;
      if (path.startsWith('/sapi/') && isOnTestnet(raw)) return htmlPage(404);
      const { params, weight } = charged(raw, endpoint);
      const answer = answerOf(raw, endpoint, params, call);
      if (answer.kind === 'cut') return answer;
      if (answer.weightless === true) limiter.giveBack(ip, path, weight);
      return jsonReply(200, answer.body, { ...limiter.headers(ip, path), ...answer.headers });
    },
    refused: (error, raw) => (error instanceof BinanceRefusal ? refusedWith(error, raw) : undefined),
    noEndpoint: (_raw, knownPath) => htmlPage(knownPath ? 405 : 404),
    venueError: (asked, raw) => refusedWith(askedRefusal(asked), raw),
    rateLimited: ({ status, ms }, raw, now) => {
      const seconds = Math.max(1, Math.ceil(ms / 1_000));
      const refusal = status === 418 ? refuse.banned(now() + ms, seconds) : refuse.tooMuchWeight(limits.weightPerMinute, seconds);
      return { reply: refusedWith(refusal, raw), concerns: ({ ip }) => ip === raw.ip };
    },
  };
};

/** Binance as its clients see it, by request and by WebSocket. */
export const createBinance = (world: World, limits: BinanceLimits): { readonly venue: Venue; readonly sockets: SocketVenue } => {
  const parts = createBinanceParts(world, limits);
  return { venue: createVenueEdge(world, binanceEdge(parts)), sockets: createBinanceSockets(parts) };
};
