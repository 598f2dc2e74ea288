import { InvariantError } from '@latchkey/kernel';
import { currentAddress } from './call-context.js';
import { departing, type Dispatch } from './departure.js';
import type { EgressRoute } from './egress-route.js';

export type Dispatcher = {
  readonly dispatch: Dispatch;
  readonly compose: (interceptor: (dispatch: Dispatch) => Dispatch) => Dispatcher;
};

type Undici = {
  readonly Agent: new (options: object) => Dispatcher;
  readonly ProxyAgent: new (options: object) => Dispatcher;
};

type DispatcherOptions = {
  /** ccxt brings its own undici, and its requests work with dispatchers of that alone. */
  readonly undici: unknown;
  readonly settings: object;
  /** ccxt's settings for the connections behind a proxy. */
  readonly proxySettings: object;
  readonly timeoutMs: number;
  readonly routes: readonly EgressRoute[];
};

const dispatcherOf = (route: EgressRoute, { undici, settings, proxySettings, timeoutMs }: DispatcherOptions): Dispatcher => {
  const { Agent, ProxyAgent } = undici as Undici;
  const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  if (route.proxy !== undefined) {
    return new ProxyAgent({
      ...proxySettings,
      ...limits,
      uri: route.proxy,
      // Also for a venue without TLS, which is a simulated one: the proxy is a way out, and reads nothing.
      proxyTunnel: true,
      ...(route.local !== undefined && { connect: { timeout: timeoutMs, localAddress: route.local } }),
    });
  }
  // One address cannot race two families.
  const local = route.local === undefined ? {} : { localAddress: route.local, autoSelectFamily: false };
  return new Agent({ ...settings, ...limits, ...local, connect: { timeout: timeoutMs, ...local } });
};

/** Sends each request by the way out that its permit names; without one by the first. */
export const createEgressDispatcher = (options: DispatcherOptions): Dispatcher => {
  const ways = new Map(options.routes.map((route) => [route.address, dispatcherOf(route, options)]));
  const [first] = ways.values();
  if (!first) throw new InvariantError('there is no way out to the exchanges');
  const wayOf = (address: string | undefined): Dispatcher => {
    const way = address === undefined || ways.size === 1 ? first : ways.get(address);
    if (!way) throw new InvariantError(`"${address}" is no address that this process can send from`);
    return way;
  };
  const dispatchOf = (): Dispatch => {
    const way = wayOf(currentAddress());
    return (request, handler) => way.dispatch(request, handler);
  };
  return first.compose(() => departing(options.undici, dispatchOf));
};
