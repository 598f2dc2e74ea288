import type { Exchange as CcxtExchange } from 'ccxt';
import type { Dispatch } from './departure.js';
import { createEgressDispatcher } from './egress-dispatcher.js';
import { systemRoute, type EgressRoute } from './egress-route.js';

export type ClientOptions = {
  readonly recvWindow: number;
  /** Connect and headers; the body has the caller's own deadline. */
  readonly timeoutMs: number;
  /** Where the simulated venue listens. Production URLs are kept, so that ccxt reads answers as it would in production; only the socket goes elsewhere. */
  readonly redirectTo?: string;
  /** The ways out; the system's own by default. */
  readonly routes?: readonly EgressRoute[];
};

const placeholderKey = 'held-by-the-vault';

/**
 * The constructor argument of every client of ours. Our own limiter and clock take the place of ccxt's, and a retry of ccxt's would send an
 * order twice.
 *
 * @param signed true for the client that everybody's signed requests go through, false for the keyless one that loads markets
 * @param options the venue's own, e.g. which markets are loaded
 */
export const clientSettings = ({ recvWindow, timeoutMs }: ClientOptions, signed: boolean, options: object): object => ({
  ...(signed && { apiKey: placeholderKey, secret: placeholderKey }),
  enableRateLimit: false,
  maxRetriesOnFailure: 0,
  timeout: timeoutMs,
  userAgent: 'latchkey',
  enableLastHttpResponse: false,
  enableLastJsonResponse: false,
  enableLastResponseHeaders: false,
  options: { recvWindow, adjustForTimeDifference: false, ...options },
});

/** Gives a client its connections: our own time limits, and the simulated venue's address where there is one. */
export const connectClient = async <Client extends CcxtExchange>(
  client: Client,
  { timeoutMs, redirectTo, routes = [systemRoute] }: ClientOptions,
): Promise<Client> => {
  await client.loadFetchImplementation();
  const dispatcher = createEgressDispatcher({
    undici: client.undiciModule,
    settings: client.getDispatcherOptions(true),
    proxySettings: client.getDispatcherOptions(false),
    timeoutMs,
    routes,
  });
  client.fetchDispatcher = redirectTo === undefined ? dispatcher : dispatcher.compose(redirect(new URL(redirectTo).origin));
  return client;
};

const redirect =
  (origin: string) =>
  (dispatch: Dispatch): Dispatch =>
  (options, handler) =>
    // The host stays the venue's own: that is how a simulator tells live from testnet.
    dispatch({ ...options, origin, headers: { ...options.headers, host: new URL(String(options.origin)).host } }, handler);
