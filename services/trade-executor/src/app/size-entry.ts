import type { Side } from '@latchkey/contracts';
import { inSpan } from '@latchkey/tracing';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import type { SizeRequest } from '../domain/sizing/size-request.js';
import { sizeOrder, type Sized } from '../domain/sizing/size-order.js';
import { decidesByOwned, needsOf } from '../domain/sizing/sizing-modes.js';
import type { Refusal, TradeRequest } from '../domain/trade/events.js';
import { closes } from '../domain/trade/intent.js';
import type { ToldBalances } from './balances.js';
import { surelyOwned } from './plan-exit.js';
import type { Holding } from './ports/holdings.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

type Waits = { readonly type: 'deny' | 'wait' } & Refusal;

const priceUnknown: Refusal = {
  reason: 'venue.price_unknown',
  message: 'The exchange told no price, so the order could not be sized.',
};

const needs = ({ sizing, alertUnit, marketType }: TradeRequest, side: Side, rules: MarketRules) =>
  needsOf({ sizing, alertUnit, side, marketType, rules });

/** What has to be known of the account, if anything. */
const readBalances = async (
  { exchange, request }: Pick<TradeRun, 'exchange' | 'request'>,
  side: Side,
  rules: MarketRules,
  { balances }: Pick<TradeDeps, 'balances'>,
): Promise<ToldBalances | undefined> => {
  const assets = needs(request, side, rules).balances.map((of) => (of === 'base' ? rules.baseAsset : rules.quoteAsset));
  return assets.length === 0 ? undefined : balances.read(request, assets, exchange);
};

const withoutBalances = ({ final, reason, message }: Extract<ToldBalances, { ok: false }>): Waits => ({
  type: final ? 'deny' : 'wait',
  reason,
  message,
});

/**
 * Asks for what a percentage is taken of before the order takes its permit: a read that has to wait must not hold up what could be sent.
 *
 * @returns why nothing can be sized now, if so
 */
export const prepareSizing = async (run: TradeRun, rules: MarketRules, deps: TradeDeps): Promise<Waits | undefined> => {
  const { request } = run;
  if (closes(request)) return undefined;
  // What is added to on spot is bought, and nothing there is turned into a short.
  const told = await readBalances(run, request.action === 'sell' ? 'sell' : 'buy', rules, deps);
  return told?.ok === false ? withoutBalances(told) : undefined;
};

export type SizedEntry = { readonly sized: Sized; readonly of: SizeRequest };

/** The order's size by the figures of now; a wait where one of them is not told. */
export const sizeEntry = (
  run: Pick<TradeRun, 'exchange' | 'request'>,
  side: Side,
  rules: MarketRules,
  holding: Holding | undefined,
  deps: Pick<TradeDeps, 'balances'>,
  leverage = run.request.leverage,
): Promise<SizedEntry | Waits> => {
  const { request, exchange } = run;
  const { sizing, alertQuantity, alertUnit, marketType } = request;
  return inSpan('sizing', { attributes: { 'latchkey.sizing.mode': sizing.mode } }, async () => {
    const needed = needs(request, side, rules);
    const [price, told] = await Promise.all([
      needed.price === 'none' ? undefined : exchange.price(request.symbol),
      readBalances(run, side, rules, deps),
    ]);
    if (told?.ok === false) return withoutBalances(told);
    if (price === undefined && needed.price === 'needed') return { type: 'wait', ...priceUnknown };
    const of: SizeRequest = {
      sizing,
      side,
      marketType,
      alertQuantity,
      alertUnit,
      rules,
      price,
      leverage,
      ...(told && { balances: { base: told.of(rules.baseAsset), quote: told.of(rules.quoteAsset) } }),
      ...(holding && needsOwned(request) && { owned: surelyOwned(holding) }),
    };
    return { sized: sizeOrder(of), of };
  });
};

/** True where the following's own quantity decides how much is ordered. */
export const needsOwned = (request: TradeRequest): boolean => decidesByOwned(request);
