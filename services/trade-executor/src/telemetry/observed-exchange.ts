import { endSpan, markFailed, meter, startSpan } from '@latchkey/tracing';
import { SpanKind, type Span } from '@opentelemetry/api';
import type { Exchange, Exchanges, SeenAnswer, SignedCall } from '../app/ports/exchange.js';
import { createBudgetGauges } from './rate-budget.js';
import { venueAttributes } from './trade-spans.js';

type Outcome = { readonly outcome: string };
type Operation =
  | 'order.create'
  | 'order.query'
  | 'order.fills'
  | 'orders.list'
  | 'account.holdings'
  | 'account.balances'
  | 'leverage.brackets'
  | 'leverage.set'
  | 'key.permissions'
  | 'account.settings';

const fine: ReadonlySet<string> = new Set(['placed', 'found', 'reported', 'answered', 'set']);

const createFigures = () => {
  const duration = meter().createHistogram('latchkey.venue.request.duration', {
    description: 'Time from the first byte to a venue until its answer was read',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
  });
  return { duration, budget: createBudgetGauges() };
};

/**
 * Watches signed requests from the moment in which they may leave: not the wait for their signature, and nothing of what they carry. Of an
 * answer its status, the venue's own number and what it amounts to.
 */
const observedExchange = (exchange: Exchange, figures: ReturnType<typeof createFigures>): Exchange => {
  const venue = venueAttributes(exchange);
  const name = `exchange ${exchange.exchange} ${exchange.marketType}`;

  const observe = async <T>(
    operation: Operation,
    call: SignedCall,
    run: (call: SignedCall) => Promise<T>,
    of: (result: T) => string,
  ) => {
    let span: Span | undefined;
    let leftAt: number | undefined;
    const seen = ({ answer, transport, budget }: SeenAnswer): void => {
      if (budget) figures.budget(budget, venue);
      if (answer) span?.setAttribute('http.response.status_code', answer.http);
      if (answer?.code !== undefined) span?.setAttribute('latchkey.venue.code', answer.code);
      if (!answer && transport !== undefined) span?.setAttribute('latchkey.transport', transport);
    };
    const end = (outcome: string): void => {
      if (leftAt === undefined) return;
      const attributes = { ...venue, 'latchkey.operation': operation, 'latchkey.outcome': outcome };
      figures.duration.record((performance.now() - leftAt) / 1_000, attributes);
      span?.setAttribute('latchkey.outcome', outcome);
      if (span && !fine.has(outcome)) markFailed(span, outcome);
      endSpan(span);
      [span, leftAt] = [undefined, undefined];
    };
    const authorize: SignedCall['authorize'] = async (payload) => {
      const signature = await call.authorize(payload);
      if (!signature) return undefined;
      end('answered'); // a question that takes several requests
      leftAt = performance.now();
      span = startSpan(`${name} ${operation}`, { kind: SpanKind.CLIENT, attributes: venue });
      return signature;
    };
    try {
      const result = await run({ ...call, authorize, seen });
      end(of(result));
      return result;
    } catch (error) {
      end('failed');
      throw error;
    }
  };

  const { accountSettings, recentOrders, holdings, balances, maxLeverage, setLeverage } = exchange;
  const told = (value: unknown): string => (value === undefined ? 'unavailable' : 'answered');
  const outcomeOf = ({ outcome }: Outcome): string => outcome;
  return {
    ...exchange,
    submit: (order, call) => observe('order.create', call, (watched) => exchange.submit(order, watched), outcomeOf),
    lookup: (of, call) => observe('order.query', call, (watched) => exchange.lookup(of, watched), outcomeOf),
    fills: (of, call) => observe('order.fills', call, (watched) => exchange.fills(of, watched), told),
    verifyKey: (call) => observe('key.permissions', call, (watched) => exchange.verifyKey(watched), outcomeOf),
    ...(recentOrders && {
      recentOrders: (of, call) => observe('orders.list', call, (watched) => recentOrders(of, watched), told),
    }),
    ...(holdings && {
      holdings: (of, call) => observe('account.holdings', call, (watched) => holdings(of, watched), told),
    }),
    ...(balances && {
      balances: (asset, call) => observe('account.balances', call, (watched) => balances(asset, watched), told),
    }),
    ...(maxLeverage && {
      maxLeverage: (of, call) => observe('leverage.brackets', call, (watched) => maxLeverage(of, watched), told),
    }),
    ...(setLeverage && {
      setLeverage: (of, call) => observe('leverage.set', call, (watched) => setLeverage(of, watched), outcomeOf),
    }),
    ...(accountSettings && {
      accountSettings: (call) => observe('account.settings', call, accountSettings, () => 'answered'),
    }),
  };
};

/** The same venues, watched. */
export const observedExchanges = (exchanges: Exchanges): Exchanges => {
  const figures = createFigures();
  const watched = new WeakMap<Exchange, Exchange>();
  return (of) => {
    const exchange = exchanges(of);
    if (!exchange) return undefined;
    const known = watched.get(exchange) ?? observedExchange(exchange, figures);
    watched.set(exchange, known);
    return known;
  };
};
