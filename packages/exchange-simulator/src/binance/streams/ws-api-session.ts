import type { Account } from '../../core/accounts.js';
import type { RawRequest } from '../../core/raw-http.js';
import type { ApiKey } from '../../core/names.js';
import type { Connection, Frame } from '../../core/streams/connection.js';
import type { Published, Subscription } from '../../core/streams/streams.js';
import { assertMay, authenticatePayload, knownAccount, originOf, readCredentials, readWindow } from '../authenticate.js';
import type { Answer, Call, SignedSecurity } from '../endpoint.js';
import { refuse } from '../refusal.js';
import { checkWindow, type TimeWindow } from '../time-window.js';
import type { BinanceParts } from './binance-parts.js';
import { spotTopic } from './spot-events.js';
import { restMethods } from './ws-api-methods.js';
import { assertSessionKey, type WsRequest } from './ws-api-request.js';

/** What one request of the WebSocket API is answered with. */
export type MethodResult = { readonly result: unknown };

const subscribeWeight = 2;
const mostActive = 1_000;
const mostInALife = 65_535;
const weightPath = '/api/v3/';

/** The session of a key that is gone: answered without an id, and over. */
export class SessionEnded extends Error {}

type Logon = { readonly apiKey: ApiKey; readonly sinceMs: number };

/**
 * One connection of spot's WebSocket API: requests that sign for themselves, a session that a key logged on, and subscriptions to the
 * events of accounts.
 *
 * @see Binance Spot WebSocket API, "Session authentication" and "User Data Stream requests"
 */
export const createWsApiSession = (parts: BinanceParts, connection: Connection, raw: RawRequest) => {
  const { world, limiter } = parts;
  const { clock, accounts, stats, streams } = world;
  const origin = originOf(raw);
  const endpoints = new Map(parts.spotEndpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  const subscriptions = new Map<number, Subscription & { readonly ofSession: boolean }>();
  let made = 0;
  let logon: Logon | undefined;

  const byOwnSignature = (request: WsRequest, security: SignedSecurity): { account: Account; window: TimeWindow } => {
    const apiKey = request.params.required('apiKey');
    const credentials = readCredentials(apiKey, request.params);
    const about = { accounts, stats, nowMs: clock.now() };
    return { account: authenticatePayload(request.payload, origin, credentials, security, about), window: credentials.window };
  };
  const bySession = (request: WsRequest, security: SignedSecurity, { apiKey }: Logon) => {
    const window = readWindow(request.params);
    checkWindow(window, clock.now());
    try {
      const account = knownAccount(apiKey, origin, { accounts });
      assertMay(account, origin, security, clock.now());
      return { account, window };
    } catch (error) {
      if (!accounts.find(apiKey)?.revoked) throw error;
      throw new SessionEnded();
    }
  };
  /** A request with a key of its own signs for itself, also inside a session. */
  const callerOf = (request: WsRequest, security: SignedSecurity) =>
    logon === undefined || request.names.has('apiKey') ? byOwnSignature(request, security) : bySession(request, security, logon);

  const terminated = (id: number): void =>
    connection.answer(JSON.stringify({ subscriptionId: id, event: { e: 'eventStreamTerminated', E: clock.now() } }));
  const endSubscription = (id: number): void => {
    subscriptions.get(id)?.end();
    subscriptions.delete(id);
    terminated(id);
  };

  const subscribe = (account: Account, ofSession: boolean): MethodResult => {
    const active = [...subscriptions.values()];
    if (active.some(({ apiKey }) => apiKey === account.apiKey)) throw refuse.subscriptionActive();
    if (active.length >= mostActive || made >= mostInALife) throw refuse.tooManySubscriptions();
    const id = made;
    made += 1;
    const write = ({ topic, body, event, clientOrderId }: Published): Frame | undefined =>
      topic === spotTopic
        ? {
            apiKey: account.apiKey,
            event,
            ...(clientOrderId === undefined ? {} : { clientOrderId }),
            text: JSON.stringify({ subscriptionId: id, event: body }),
          }
        : undefined;
    subscriptions.set(id, { ...streams.subscribe(connection, account.apiKey, write), ofSession });
    return { result: { subscriptionId: id } };
  };

  const sessionView = (): object => ({
    apiKey: logon?.apiKey ?? null,
    authorizedSince: logon?.sinceMs ?? null,
    connectedSince: connection.openedAtMs,
    returnRateLimits: true,
    serverTime: clock.now(),
    userDataStream: [...subscriptions.values()].some(({ ofSession }) => ofSession),
  });

  const own: Readonly<Record<string, (request: WsRequest) => MethodResult>> = {
    'session.logon': (request) => {
      const { account } = byOwnSignature(request, 'user_data');
      assertSessionKey(account.key);
      logon = { apiKey: account.apiKey, sinceMs: clock.now() };
      return { result: sessionView() };
    },
    'session.status': () => ({ result: sessionView() }),
    'session.logout': () => {
      logon = undefined;
      for (const [id, { ofSession }] of subscriptions) if (ofSession) endSubscription(id);
      return { result: sessionView() };
    },
    'session.subscriptions': () => ({ result: [...subscriptions.keys()].map((subscriptionId) => ({ subscriptionId })) }),
    'userDataStream.subscribe.signature': (request) => {
      limiter.charge(raw.ip, weightPath, subscribeWeight);
      return subscribe(byOwnSignature(request, 'user_data').account, false);
    },
    'userDataStream.subscribe': () => {
      limiter.charge(raw.ip, weightPath, subscribeWeight);
      const account = logon === undefined ? undefined : accounts.find(logon.apiKey);
      if (account === undefined) throw refuse.sessionNeeded();
      return subscribe(account, true);
    },
    'userDataStream.unsubscribe': ({ params }) => {
      const asked = params.integer('subscriptionId');
      const ids = asked === undefined ? [...subscriptions.keys()] : [asked];
      if (ids.length === 0 || ids.some((id) => !subscriptions.has(id))) throw refuse.subscriptionInactive();
      for (const id of ids) endSubscription(id);
      return { result: {} };
    },
  };

  const played = (answer: Answer): MethodResult => {
    if (answer.kind === 'cut') throw refuse.notSimulated('a late acceptance here');
    return { result: answer.body };
  };

  /** An endpoint of REST, asked in frames. */
  const asRest = (request: WsRequest): MethodResult => {
    const endpoint = endpoints.get(restMethods[request.method] ?? '');
    if (endpoint === undefined || endpoint.security === 'key') throw refuse.notSimulated(`method '${request.method}'`);
    const { params } = request;
    limiter.charge(raw.ip, endpoint.path, typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(params));
    const call = (apiKey: ApiKey | undefined): Call => ({
      target: { exchange: 'binance', apiKey, path: connection.about.path, method: 'POST' },
      now: clock.now,
      commit: (effect) => effect(true),
      receivedAtMs: clock.now(),
    });
    if (endpoint.security === 'none') return played(endpoint.read(params)(call(undefined)));
    const { account, window } = callerOf(request, endpoint.security);
    const answer = endpoint.read(params);
    params.assertAllRead();
    return played(answer({ ...call(account.apiKey), account, window }));
  };

  return {
    /** @throws {BinanceRefusal} @throws {SessionEnded} */
    handle: (request: WsRequest): MethodResult => (own[request.method] ?? asRest)(request),
    logOff: (): void => {
      logon = undefined;
    },
  };
};
