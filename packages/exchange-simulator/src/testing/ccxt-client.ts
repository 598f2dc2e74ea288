import ccxt, { type binance } from 'ccxt';
import type { Credentials } from './signed-client.js';

/** The parts of ccxt's bundled undici that its types do not show. */
type Dispatch = (options: { readonly origin: string }, handler: unknown) => boolean;
type Undici = {
  readonly Agent: new (options: unknown) => { compose: (interceptor: (dispatch: Dispatch) => Dispatch) => unknown };
};
type Transport = {
  undiciModule: Undici;
  fetchDispatcher: unknown;
  loadFetchImplementation: () => Promise<unknown>;
  getDispatcherOptions: (proxied: boolean) => unknown;
};

/**
 * An unmodified ccxt client whose transport alone is redirected: with its production URLs it picks the same exception classes as against
 * the real venue, which it does not with a local base URL.
 */
export const ccxtClient = async (
  localUrl: string,
  credentials: Credentials | undefined,
  options: Readonly<Record<string, unknown>> = {},
): Promise<binance> => {
  const client = new ccxt.binance({
    ...(credentials === undefined ? {} : { apiKey: credentials.apiKey, secret: credentials.secret }),
    enableRateLimit: false,
    options,
  });
  const transport = client as unknown as Transport;
  await transport.loadFetchImplementation();
  const agent = new transport.undiciModule.Agent(transport.getDispatcherOptions(true));
  transport.fetchDispatcher = agent.compose(
    (dispatch) => (request, handler) => dispatch({ ...request, origin: localUrl }, handler),
  );
  return client;
};
