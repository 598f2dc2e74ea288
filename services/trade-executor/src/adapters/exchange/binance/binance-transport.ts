import type { Environment } from '@latchkey/contracts';
import type { BinanceClient } from './binance-client.js';

export type ClientOptions = {
  readonly environment: Environment;
  readonly recvWindow: number;
  /** Connect and headers; the body has the caller's own deadline. */
  readonly timeoutMs: number;
  /** Where the simulated venue listens. Production URLs are kept, so that ccxt reads answers as it would in production; only the socket goes elsewhere. */
  readonly redirectTo?: string;
};

type Dispatch = (options: { origin?: unknown; headers?: Record<string, string> }, handler: unknown) => boolean;
type Composable = { readonly compose: (interceptor: (dispatch: Dispatch) => Dispatch) => unknown };

const placeholderKey = 'held-by-the-vault';

/** Made for both clients of a venue: the keyless one that loads markets, and the one that everybody's signed requests go through. */
export const createClient = async (
  Client: typeof BinanceClient,
  { environment, recvWindow, timeoutMs, redirectTo }: ClientOptions,
  signed: boolean,
): Promise<BinanceClient> => {
  const client = new Client({
    ...(signed && { apiKey: placeholderKey, secret: placeholderKey }),
    // Our own limiter and clock take their place; a retry of ccxt's would send an order twice.
    enableRateLimit: false,
    maxRetriesOnFailure: 0,
    timeout: timeoutMs,
    userAgent: 'latchkey',
    enableLastHttpResponse: false,
    enableLastJsonResponse: false,
    enableLastResponseHeaders: false,
    options: {
      recvWindow,
      fetchMarkets: { types: ['spot'] },
      fetchCurrencies: false,
      fetchMargins: false,
      adjustForTimeDifference: false,
    },
  });
  if (environment === 'testnet') client.setSandboxMode(true);
  await client.loadFetchImplementation();
  const { Agent } = client.undiciModule as { Agent: new (options: object) => Composable };
  const agent = new Agent({
    ...client.getDispatcherOptions(true),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs },
  });
  client.fetchDispatcher = redirectTo === undefined ? agent : agent.compose(redirect(new URL(redirectTo).origin));
  return client;
};

const redirect =
  (origin: string) =>
  (dispatch: Dispatch): Dispatch =>
  (options, handler) =>
    // The host stays the venue's own: that is how a simulator tells live from testnet.
    dispatch({ ...options, origin, headers: { ...options.headers, host: new URL(String(options.origin)).host } }, handler);
