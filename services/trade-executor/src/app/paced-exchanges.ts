import type { Exchange, Exchanges, SignedCall } from './ports/exchange.js';
import type { Pace } from './pace.js';

/** The same venues; how long their signed orders wait after their signature sets the pace. */
export const pacedExchanges = (exchanges: Exchanges, pace: Pace): Exchanges => {
  const paced = new WeakMap<Exchange, Exchange>();
  const watch = (call: SignedCall): SignedCall => ({
    ...call,
    seen: (of) => {
      if (of.signatureWaitedMs !== undefined) pace.noted(of.signatureWaitedMs);
      call.seen?.(of);
    },
  });
  return (of) => {
    const exchange = exchanges(of);
    if (!exchange) return undefined;
    const known = paced.get(exchange) ?? { ...exchange, submit: (order, call) => exchange.submit(order, watch(call)) };
    paced.set(exchange, known);
    return known;
  };
};
