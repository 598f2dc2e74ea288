import { InvariantError } from '@latchkey/kernel';
import { assertPermit, currentAddress, currentCall, currentOpenCall } from './call-context.js';
import type { EgressRoute } from './egress-route.js';

export type Dispatch = (options: { origin?: unknown; headers?: Record<string, string> }, handler: unknown) => boolean;
export type Dispatcher = {
  readonly dispatch: Dispatch;
  readonly compose: (interceptor: (dispatch: Dispatch) => Dispatch) => Dispatcher;
};

type Handler = { onRequestStart(...facts: unknown[]): void };
type Undici = {
  readonly DecoratorHandler: new (handler: unknown) => Handler;
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

/**
 * Asks once more when the socket is there: a connection may take longer to make than a venue needs to say that it wants no more. What throws
 * then is a request of which no byte was written.
 */
const lastWord = (undici: unknown): ((dispatch: Dispatch) => Dispatch) => {
  const { DecoratorHandler } = undici as Undici;
  class Asking extends DecoratorHandler {
    readonly #mayLeave: () => void;
    constructor(handler: unknown, mayLeave: () => void) {
      super(handler);
      this.#mayLeave = mayLeave;
    }
    override onRequestStart(...facts: unknown[]): void {
      this.#mayLeave();
      super.onRequestStart(...facts);
    }
  }
  return (dispatch) => (options, handler) => {
    const [call, open] = [currentCall(), currentOpenCall()];
    if (!call && !open) return dispatch(options, handler);
    const mayLeave = (): void => {
      try {
        assertPermit((call ?? open)?.permit);
      } catch (error) {
        if (call) call.sent = false;
        throw error;
      }
    };
    return dispatch(options, new Asking(handler, mayLeave));
  };
};

/** Sends each request by the way out that its permit names; without one by the first. */
export const createEgressDispatcher = (options: DispatcherOptions): Dispatcher => {
  const ways = new Map(options.routes.map((route) => [route.address, dispatcherOf(route, options)]));
  const [first] = ways.values();
  if (!first) throw new InvariantError('there is no way out to the exchanges');
  const asking = lastWord(options.undici);
  if (ways.size === 1) return first.compose(asking);
  return first.compose(() =>
    asking((request, handler) => (ways.get(currentAddress() ?? '') ?? first).dispatch(request, handler)),
  );
};
