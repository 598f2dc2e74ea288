import type { FaultTarget } from '../core/faults.js';
import type { RawReply, RawRequest } from '../core/http-edge.js';
import type { World } from '../core/world.js';
import { apiKeyOf, authenticate, environmentOf, readCredentials } from './authenticate.js';
import { derivativesEndpoints } from './derivatives/derivatives-endpoints.js';
import type { Answer, Endpoint } from './endpoint.js';
import { createIpLimiter, type BinanceLimits } from './ip-limits.js';
import { readParams, type Params } from './params.js';
import { BinanceRefusal } from './refusal.js';
import { spotEndpoints } from './spot/spot-endpoints.js';
import { walletEndpoints } from './wallet/wallet-endpoints.js';

export type Venue = (request: RawRequest) => Promise<RawReply>;

const html = (status: number): RawReply => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'text/html' },
  body: `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center></body></html>`,
});

const jsonReply = (status: number, body: unknown, headers: Readonly<Record<string, string>>): RawReply => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
  body: JSON.stringify(body),
});

/** Binance as its clients see it: one host that plays spot, wallet and the futures' market lists. */
export const createBinanceVenue = (world: World, limits: BinanceLimits): Venue => {
  const { clock, timers, accounts, faults, stats } = world;
  const endpoints = new Map<string, Endpoint>(
    [...spotEndpoints(world, limits), ...walletEndpoints(world), ...derivativesEndpoints(clock)].map((endpoint) => [
      `${endpoint.method} ${endpoint.path}`,
      endpoint,
    ]),
  );
  const paths = new Set([...endpoints.values()].map(({ path }) => path));
  const limiter = createIpLimiter(clock, limits, stats);

  const isOnTestnet = (raw: RawRequest): boolean =>
    environmentOf(raw) === 'testnet' || accounts.find(apiKeyOf(raw) ?? '')?.environment === 'testnet';

  const answerOf = (raw: RawRequest, endpoint: Endpoint, params: Params, target: FaultTarget): Answer => {
    const receivedAtMs = clock.now();
    if (endpoint.security === 'none') {
      const answer = endpoint.read(params);
      params.assertAllRead();
      return answer({ receivedAtMs, target });
    }
    const credentials = readCredentials(raw, params);
    const answer = endpoint.read(params);
    params.assertAllRead();
    const account = authenticate(raw, credentials, endpoint.security, { accounts, stats, nowMs: receivedAtMs });
    return answer({ receivedAtMs, target, account, window: credentials.window });
  };

  /** What happens to the answer of something that is already done. */
  const afterwards = (endpoint: Endpoint, target: FaultTarget): RawReply | undefined => {
    if (endpoint.security === 'none' || endpoint.changesBook !== true) return undefined;
    const fault = faults.take(['accept-then-drop', 'accept-then-status'], target);
    if (fault === undefined) return undefined;
    return fault.kind === 'accept-then-drop' ? { kind: 'cut' } : html(fault.status);
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

  const serve = (raw: RawRequest, endpoint: Endpoint, target: FaultTarget): RawReply => {
    const { ip, path } = raw;
    try {
      const { params, weight } = charged(raw, endpoint);
      const answer = answerOf(raw, endpoint, params, target);
      if (answer.kind === 'cut') return answer;
      if (answer.weightless === true) limiter.giveBack(ip, path, weight);
      return afterwards(endpoint, target) ?? jsonReply(200, answer.body, { ...limiter.headers(ip, path), ...answer.headers });
    } catch (error) {
      if (!(error instanceof BinanceRefusal)) throw error;
      return jsonReply(
        error.status,
        { code: error.venueCode, msg: error.message },
        { ...limiter.headers(ip, path), ...error.headers },
      );
    }
  };

  const handle = async (raw: RawRequest): Promise<RawReply> => {
    const target: FaultTarget = { exchange: 'binance', apiKey: apiKeyOf(raw), path: raw.path, method: raw.method };
    const delay = faults.take(['delay'], target);
    if (delay !== undefined && !(await timers.sleep(delay.ms))) return { kind: 'cut' };
    const early = faults.take(['drop', 'status'], target);
    if (early !== undefined) return early.kind === 'drop' ? { kind: 'cut' } : html(early.status);
    const endpoint = endpoints.get(`${raw.method} ${raw.path}`);
    if (endpoint === undefined) return html(paths.has(raw.path) ? 405 : 404);
    if (raw.path.startsWith('/sapi/') && isOnTestnet(raw)) return html(404);
    return serve(raw, endpoint, target);
  };

  return async (raw) => {
    const reply = await handle(raw);
    stats.request(paths.has(raw.path) ? raw.path : undefined, reply.kind === 'cut' ? 'cut' : reply.status);
    return reply;
  };
};
