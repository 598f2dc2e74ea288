import { clientOrderIdOf, entryLeg, type Decimal } from '@latchkey/kernel';
import { inSpan } from '@latchkey/tracing';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import { needsPrice, sizeOrder, type Sized, type SizedOrder } from '../domain/sizing/size-order.js';
import type { Refusal } from '../domain/trade/events.js';
import { intentOf, mayClose } from '../domain/trade/intent.js';
import { dependsOnHolding, sideOfEntry } from './entry-side.js';
import type { Planned } from './order-plan.js';
import { exitUnderWay, hasExitUnderWay, planExit, surelyOwned } from './plan-exit.js';
import { planReduction } from './plan-reduction.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const priceUnknown: Refusal = {
  reason: 'venue.price_unknown',
  message: 'The exchange told no price, so the amount to spend could not be turned into a quantity.',
};

/** The price is asked for only where we need it ourselves: to turn quote units into base units, or to check the order's value before the venue does. */
const priceFor = ({ exchange, request }: TradeRun, rules: MarketRules): Promise<Decimal | undefined> =>
  request.sizing.mode === 'quote_amount' && rules.takesQuoteAmount ? Promise.resolve(undefined) : exchange.price(request.symbol);

/** The order's size by the price of now; undefined: it cannot be sized without a price, and none is told. */
const sizeFor = (run: TradeRun, rules: MarketRules): Promise<Sized | undefined> =>
  inSpan('sizing', { attributes: { 'latchkey.sizing.mode': run.request.sizing.mode } }, async () => {
    const { sizing, alertQuantity } = run.request;
    const price = await priceFor(run, rules);
    return price === undefined && needsPrice({ sizing, rules }) ? undefined : sizeOrder({ sizing, alertQuantity, rules, price });
  });

/**
 * A sell of what the following owns, in base units: only such a one is signed as what it is, a closing. One in quote units that the price turns
 * into no more than that becomes one.
 */
const asClosing = async (
  run: TradeRun,
  rules: MarketRules,
  sized: SizedOrder,
  owned: Decimal,
): Promise<SizedOrder | undefined> => {
  const { request, exchange } = run;
  if ('amount' in sized) return intentOf(request, owned, sized.amount) === 'closing' ? sized : undefined;
  const price = await exchange.price(request.symbol);
  if (price === undefined) return undefined;
  const inBase = sizeOrder({ sizing: request.sizing, rules: { ...rules, takesQuoteAmount: false }, price });
  if (!inBase.ok || !('amount' in inBase.order)) return undefined;
  return intentOf(request, owned, inBase.order.amount) === 'closing' ? inBase.order : undefined;
};

const planEntry = async (run: TradeRun, rules: MarketRules, deps: TradeDeps): Promise<Planned> => {
  const { request } = run;
  const holding = dependsOnHolding(request) ? await deps.holdings.of(request) : undefined;
  if (holding && hasExitUnderWay(holding)) return { type: 'wait', ...exitUnderWay };
  const way = await sideOfEntry(run, holding, deps);
  if (way.type !== 'side') return way;
  const sized = await sizeFor(run, rules);
  if (!sized) return { type: 'wait', ...priceUnknown };
  if (!sized.ok) return { type: 'deny', reason: sized.reason, message: sized.message };
  const order = { leg: entryLeg, clientOrderId: clientOrderIdOf(request.tradeId, entryLeg), side: way.side };
  const owned = holding && mayClose(request) ? surelyOwned(holding) : undefined;
  const closing =
    owned !== undefined && intentOf(request, owned) === 'closing' ? await asClosing(run, rules, sized.order, owned) : undefined;
  return closing
    ? { type: 'order', plan: { ...order, intent: 'closing', size: closing } }
    : { type: 'order', plan: { ...order, intent: 'opening', size: sized.order } };
};

/** What would be sent for a trade now that it is its turn, by what is owned, free and paid at this moment. */
export const planOrder = (run: TradeRun, rules: MarketRules, deps: TradeDeps): Promise<Planned> => {
  switch (run.request.action) {
    case 'exit':
      return planExit(run, rules, deps);
    case 'reduce':
      return planReduction(run, rules, deps);
    default:
      return planEntry(run, rules, deps);
  }
};
