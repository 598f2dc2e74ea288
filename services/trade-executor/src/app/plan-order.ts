import { clientOrderIdOf, entryLeg, multiply, type Decimal } from '@latchkey/kernel';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import { sizeOrder, type SizedOrder } from '../domain/sizing/size-order.js';
import { intentOf, mayClose } from '../domain/trade/intent.js';
import { dependsOnHolding, sideOfEntry } from './entry-side.js';
import type { Planned } from './order-plan.js';
import { exitUnderWay, hasExitUnderWay, planExit, surelyOwned } from './plan-exit.js';
import { planReduction } from './plan-reduction.js';
import { needsOwned, sizeEntry, type SizedEntry } from './size-entry.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

/** What it is worth, as limits of risk count it. */
const valueOf = (order: SizedOrder, price: Decimal | undefined): Decimal | undefined => {
  if ('quoteAmount' in order) return order.quoteAmount;
  return price && multiply(order.amount, price);
};

/**
 * A sell of what the following owns, in base units: only such a one is signed as what it is, a closing. One in quote units that the price turns
 * into no more than that becomes one.
 */
const asClosing = async (
  { request, exchange }: TradeRun,
  { of }: SizedEntry,
  order: SizedOrder,
  owned: Decimal,
): Promise<SizedOrder | undefined> => {
  if ('amount' in order) return intentOf(request, owned, order.amount) === 'closing' ? order : undefined;
  const price = of.price ?? (await exchange.price(request.symbol));
  if (price === undefined) return undefined;
  const inBase = sizeOrder({ ...of, price, rules: { ...of.rules, takesQuoteAmount: false } });
  if (!inBase.ok || !('amount' in inBase.order)) return undefined;
  return intentOf(request, owned, inBase.order.amount) === 'closing' ? inBase.order : undefined;
};

const planEntry = async (run: TradeRun, rules: MarketRules, deps: TradeDeps, leverage?: number): Promise<Planned> => {
  const { request } = run;
  const holding = dependsOnHolding(request) || needsOwned(request) ? await deps.holdings.of(request) : undefined;
  if (holding && hasExitUnderWay(holding)) return { type: 'wait', ...exitUnderWay };
  const way = await sideOfEntry(run, holding, deps);
  if (way.type !== 'side') return way;
  const entry = await sizeEntry(run, way.side, rules, holding, deps, leverage);
  if ('type' in entry) return entry;
  const { sized } = entry;
  if (!sized.ok) return { type: 'deny', reason: sized.reason, message: sized.message };
  const order = { leg: entryLeg, clientOrderId: clientOrderIdOf(request.tradeId, entryLeg), side: way.side };
  const owned = holding && mayClose(request) ? surelyOwned(holding) : undefined;
  const closing =
    owned !== undefined && intentOf(request, owned) === 'closing' ? await asClosing(run, entry, sized.order, owned) : undefined;
  if (closing) return { type: 'order', plan: { ...order, intent: 'closing', size: closing } };
  const value = valueOf(sized.order, entry.of.price);
  return { type: 'order', plan: { ...order, intent: 'opening', size: sized.order, ...(value !== undefined && { value }) } };
};

/**
 * What would be sent for a trade now that it is its turn, by what is owned, free and paid at this moment.
 *
 * @param leverage that the account has, where it is known better than what was asked for
 */
export const planOrder = (run: TradeRun, rules: MarketRules, deps: TradeDeps, leverage?: number): Promise<Planned> => {
  switch (run.request.action) {
    case 'exit':
      return planExit(run, rules, deps);
    case 'reduce':
      return planReduction(run, rules, deps);
    default:
      return planEntry(run, rules, deps, leverage);
  }
};
