import { createHmac } from 'node:crypto';
import { binance } from 'ccxt';

/** ccxt as its manual shows it: one client per account, the secret in the process, no rate limiter; only the way to the venue is ours. */
export const bareClient = async (
  venueUrl: string,
  account: { readonly apiKey: string; readonly apiSecret: string },
  markets: binance,
) => {
  const client = await openClient(venueUrl, { apiKey: account.apiKey, secret: account.apiSecret });
  client.setMarketsFromExchange(markets);
  return client;
};

type Options = ConstructorParameters<typeof binance>[0];
type Dispatch = (options: object, handler: unknown) => boolean;
type Composable = { readonly compose: (interceptor: (dispatch: Dispatch) => Dispatch) => unknown };

let shared: unknown;

const openClient = async (venueUrl: string, options: Options): Promise<binance> => {
  const client = new binance({
    ...options,
    enableRateLimit: false,
    options: { fetchMarkets: { types: ['spot'] }, fetchCurrencies: false, fetchMargins: false },
  });
  // V8 has a native HMAC; ccxt's is plain JavaScript, and a floor should not be slower than need be.
  client.hmac = ((text: Uint8Array, secret: Uint8Array) =>
    createHmac('sha256', secret).update(text).digest('hex')) as typeof client.hmac;
  await client.loadFetchImplementation();
  const { Agent } = client.undiciModule as { Agent: new (options: object) => Composable };
  const origin = new URL(venueUrl).origin;
  // One pool of connections for all clients: a pool each would only be slower.
  shared ??= new Agent(client.getDispatcherOptions(true)).compose(
    (dispatch) => (request, handler) => dispatch({ ...request, origin }, handler),
  );
  client.fetchDispatcher = shared as typeof client.fetchDispatcher;
  return client;
};

/** The keyless client whose markets all others share. */
export const openMarkets = async (venueUrl: string): Promise<binance> => {
  const client = await openClient(venueUrl, {});
  await client.loadMarkets();
  return client;
};

/** 50 USDT of bitcoin at the market. */
export const buy = (client: binance): Promise<unknown> => client.createMarketBuyOrderWithCost('BTC/USDT', 50);
