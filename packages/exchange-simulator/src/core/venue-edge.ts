import type { SimClock } from './clock.js';
import type { Fault, FaultTarget } from './faults.js';
import type { RawReply, RawRequest } from './raw-http.js';
import type { Exchange } from './names.js';
import type { Market } from './order.js';
import type { World } from './world.js';

/** A venue as its clients see it: bytes in, bytes out. */
export type Venue = (request: RawRequest) => Promise<RawReply>;

/** What the pipeline has to know of an endpoint; a venue's own type has more. */
export type EdgeEndpoint = {
  readonly method: string;
  /** Exact; no endpoint of these venues has a parameter in its path. */
  readonly path: string;
  /** True when something is different afterwards (an order, a cancel, a setting); the effect goes through `call.commit`. */
  readonly changesBook?: boolean;
  /** True for a change that touches no order (leverage, a mode): `accept-*` faults without a `path` pass it by and wait for an order. */
  readonly setting?: boolean;
  /** The market that a new order of this endpoint is for, by its request; absent for all other endpoints. A fault plan draws here. */
  readonly placesOrder?: (raw: RawRequest) => Market;
};

export type Cut = { readonly kind: 'cut' };

/** What an endpoint may ask about the request it answers. */
export type EdgeCall = {
  readonly target: FaultTarget;
  /**
   * The venue's clock as this request meets it, in milliseconds: what time endpoints, timestamp checks and headers say (fault `clock-skew`).
   * Books and engines keep the world's own clock.
   */
  readonly now: () => number;
  /**
   * Runs what the request changes, once all checks of its arrival are passed. Every endpoint with `changesBook` wraps its effect in this.
   * Under fault `accept-late` the answer is a cut at once and the effect runs later; what it then refuses, nobody hears.
   *
   * @param effect told whether an engine that checks the time window once more shall do so (Binance spot does; others ignore it)
   */
  readonly commit: <Result>(effect: (recheckWindow: boolean) => Result) => Result | Cut;
};

/** An error of the venue that a test asks for by its number; what is absent is the venue's own choice. */
export type AskedError = { readonly code?: number; readonly status?: number; readonly message?: string };

/** A venue's own part of the pipeline. Replies that only the pipeline makes (a proxy's page, a stall) are not its business. */
export type VenueEdge<Endpoint extends EdgeEndpoint> = {
  readonly exchange: Exchange;
  /** All of them; also what the matrix of the faults' spec runs over. */
  readonly endpoints: readonly Endpoint[];
  readonly apiKeyOf: (raw: RawRequest) => string | undefined;
  /** The client's own name of the order that a request is about. */
  readonly clientOrderIdOf: (raw: RawRequest) => string | undefined;
  /** Answers a request for one of the endpoints. A refusal must be thrown: what returns counts as taken. */
  readonly serve: (raw: RawRequest, endpoint: Endpoint, call: EdgeCall) => RawReply;
  /** The answer to what `serve` threw; undefined for what is no refusal of the venue, which is a bug and is thrown on. */
  readonly refused: (error: unknown, raw: RawRequest, now: () => number) => RawReply | undefined;
  /** No endpoint has this method and path; `knownPath` when another method has the path. */
  readonly noEndpoint: (raw: RawRequest, knownPath: boolean) => RawReply;
  /** The venue's own error envelope for a code, with the HTTP status and words its documentation gives the code. */
  readonly venueError: (asked: AskedError, raw: RawRequest, now: () => number) => RawReply;
  /** The venue's "too many requests" that lifts after `ms`, and which later requests were told to wait by it. */
  readonly rateLimited: (
    asked: { readonly status?: number; readonly ms: number },
    raw: RawRequest,
    now: () => number,
  ) => { readonly reply: RawReply; readonly concerns: (later: RawRequest) => boolean };
};

/** The error page of a proxy in front of a venue. */
export const htmlPage = (status: number): RawReply => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'text/html' },
  body: `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center></body></html>`,
});

const cut: Cut = { kind: 'cut' };
const proxyStatus = 503;

/** Who was told to wait until when. */
const createWaits = ({ clock, stats }: World) => {
  let waits: readonly { readonly untilMs: number; readonly concerns: (raw: RawRequest) => boolean }[] = [];
  return {
    arrived: (raw: RawRequest): void => {
      waits = waits.filter(({ untilMs }) => clock.now() < untilMs);
      if (waits.some(({ concerns }) => concerns(raw))) stats.count('requestsBeforeRetryAfter');
    },
    told: (ms: number, concerns: (raw: RawRequest) => boolean): void => {
      waits = [...waits, { untilMs: clock.now() + ms, concerns }];
    },
  };
};

/**
 * The way of every request through every venue: `delay`; then `drop`, `status`, `venue-error` or `rate-limit` instead of an answer; then
 * the venue, under its clock or a skewed one; then what happens to an answer that exists: lost, replaced, stalled or turned to garbage.
 * One fault of each stage at most. The venue is synchronous, so two requests never interleave inside it.
 */
export const createVenueEdge = <Endpoint extends EdgeEndpoint>(world: World, venue: VenueEdge<Endpoint>): Venue => {
  const { clock, timers, faults, faultPlans, stats } = world;
  const endpoints = new Map(venue.endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  const paths = new Set(venue.endpoints.map(({ path }) => path));
  const waits = createWaits(world);

  /** What the client hears instead of the venue; nothing is taken. */
  const early = (raw: RawRequest, target: FaultTarget, now: () => number): RawReply | undefined => {
    const fault = faults.take(['drop', 'status', 'venue-error', 'rate-limit'], target);
    switch (fault?.kind) {
      case undefined:
        return undefined;
      case 'drop':
        return cut;
      case 'status':
        return htmlPage(fault.status ?? proxyStatus);
      case 'venue-error':
        return venue.venueError(fault, raw, now);
      case 'rate-limit': {
        const { reply, concerns } = venue.rateLimited(fault, raw, now);
        waits.told(fault.ms, concerns);
        return reply;
      }
    }
  };

  const commitLate = (effect: (recheckWindow: boolean) => unknown, fault: Fault, raw: RawRequest, now: () => number): Cut => {
    timers.later(fault.ms, () => {
      try {
        effect(fault.recheck);
      } catch (error) {
        if (venue.refused(error, raw, now) === undefined) throw error;
      }
    });
    return cut;
  };

  /** Whether an `accept-*` fault means this endpoint: the one that it names, else whatever touches orders. */
  const means =
    ({ changesBook, setting }: Endpoint) =>
    ({ path }: Fault): boolean =>
      path !== undefined || (changesBook === true && setting !== true);

  /** What happens to the answer of something that is done. */
  const acknowledged = (reply: RawReply, endpoint: Endpoint, raw: RawRequest, call: EdgeCall): RawReply => {
    // Nothing of a question can enter late; its answer is lost all the same.
    const lost = endpoint.changesBook === true ? [] : (['accept-late'] as const);
    const fault = faults.take(
      ['accept-then-drop', 'accept-then-status', 'accept-then-error', ...lost],
      call.target,
      means(endpoint),
    );
    if (fault === undefined) return reply;
    if (fault.kind === 'accept-then-status') return htmlPage(fault.status ?? proxyStatus);
    return fault.kind === 'accept-then-error' ? venue.venueError(fault, raw, call.now) : cut;
  };

  const serve = (raw: RawRequest, endpoint: Endpoint, target: FaultTarget, now: () => number): RawReply => {
    const commit: EdgeCall['commit'] = (effect) => {
      const fault = faults.take(['accept-late'], target, means(endpoint));
      return fault === undefined ? effect(true) : commitLate(effect, fault, raw, now);
    };
    const call = { target, now, commit };
    try {
      const reply = venue.serve(raw, endpoint, call);
      return reply.kind === 'cut' ? reply : acknowledged(reply, endpoint, raw, call);
    } catch (error) {
      const refusal = venue.refused(error, raw, now);
      if (refusal === undefined) throw error;
      return refusal;
    }
  };

  /** What the wire does to any answer, whatever it says. */
  const onTheWire = (reply: RawReply, target: FaultTarget): RawReply => {
    if (reply.kind !== 'answer') return reply;
    const fault = faults.take(['stall-body', 'garbage'], target);
    if (fault === undefined) return reply;
    const status = fault.status ?? 200;
    if (fault.kind === 'garbage') return { ...reply, status, body: '}{ this is not JSON' };
    return { ...reply, kind: 'stall', status, hold: timers.hold(fault.ms) };
  };

  const skewedClock = (target: FaultTarget): SimClock['now'] => {
    const skew = faults.take(['clock-skew'], target);
    return skew === undefined ? clock.now : () => clock.now() + skew.ms;
  };

  const targetOf = (raw: RawRequest): FaultTarget => {
    const clientOrderId = venue.clientOrderIdOf(raw);
    const { method, path } = raw;
    const target = { exchange: venue.exchange, apiKey: venue.apiKeyOf(raw), path, method };
    return clientOrderId === undefined ? target : { ...target, clientOrderId };
  };

  const handle = async (raw: RawRequest): Promise<RawReply> => {
    const target = targetOf(raw);
    const { exchange, apiKey, path, clientOrderId } = target;
    const endpoint = endpoints.get(`${raw.method} ${raw.path}`);
    const market = endpoint?.placesOrder?.(raw);
    if (market !== undefined && apiKey !== undefined && clientOrderId !== undefined)
      faultPlans.arrived({ exchange, market, apiKey, path, clientOrderId });
    waits.arrived(raw);
    const delay = faults.take(['delay'], target);
    if (delay !== undefined && !(await timers.sleep(delay.ms))) return cut;
    const now = skewedClock(target);
    const instead = early(raw, target, now);
    if (instead !== undefined) return instead;
    const reply = endpoint === undefined ? venue.noEndpoint(raw, paths.has(raw.path)) : serve(raw, endpoint, target, now);
    return onTheWire(reply, target);
  };

  return async (raw) => {
    const reply = await handle(raw);
    stats.request(paths.has(raw.path) ? raw.path : undefined, reply.kind === 'answer' ? reply.status : reply.kind);
    return reply;
  };
};
