import type { SignPurpose } from '@latchkey/contracts';
import { absolute, add, entryLeg, multiply, zero, type Decimal } from '@latchkey/kernel';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import type { Refusal } from '../domain/trade/events.js';
import { recvWindowMs } from '../domain/trade/policy.js';
import type { Planned } from './order-plan.js';
import { planOrder } from './plan-order.js';
import type { SignedCall } from './ports/exchange.js';
import { signItem, type TradeDeps, type TradeRun } from './trade-run.js';

/** What keeps the order back, or the leverage that its account has now; none: it is the account's own. */
export type Leverage = { readonly leverage?: number } | Exclude<Planned, { type: 'order' }>;

const clockUnknown: Refusal = {
  reason: 'venue.clock_unknown',
  message: 'The exchange’s clock is unknown or disagrees with ours, so the leverage could not be set.',
};

/** A request of the trade's own, and why the vault did not sign it, if so. */
const requestFor = (run: TradeRun, purpose: SignPurpose, timestamp: number, { vault }: TradeDeps) => {
  const { request, of } = run;
  const attempt = of.trade.status === 'requested' ? of.trade.attempts + 1 : 1;
  const unsigned: { refusal?: Refusal; refused?: boolean } = {};
  const call: SignedCall = {
    timestamp,
    recvWindow: recvWindowMs,
    user: request.userId,
    urgency: 'opening',
    authorize: async (payload) => {
      const signed = await vault.sign(signItem(run, { purpose, payload, leg: entryLeg, attempt }));
      if (signed.outcome === 'signed') return signed;
      unsigned.refusal = { reason: signed.code, message: signed.message };
      unsigned.refused = signed.outcome === 'refused';
      return undefined;
    },
  };
  return { call, unsigned };
};

/** In quote units, of the order and what is held; nothing while no price is told: then the venue's highest leverage counts. */
const worthOf = async (
  { exchange, request }: TradeRun,
  amount: Decimal | undefined,
  { holdings }: TradeDeps,
): Promise<Decimal> => {
  if (amount === undefined) return zero;
  const [price, { owned }] = await Promise.all([exchange.price(request.symbol), holdings.of(request)]);
  return price === undefined ? zero : multiply(add(amount, absolute(owned)), price);
};

const lower = (leverage: number, most: number | undefined): number => (most === undefined ? leverage : Math.min(leverage, most));

/**
 * Sets the leverage that an opening on a linear market is to be traded at, before the order takes its permit: no more than the venue lends for a
 * position of that value. An opening that its turn would deny leaves the account as it is. Nothing is remembered: the user may have set another
 * one at the exchange a moment ago, and to set the same again costs one request.
 *
 * @see docs/adr/0175-leverage-is-set-before-each-opening.md
 */
export const setLeverage = async (run: TradeRun, rules: MarketRules, deps: TradeDeps): Promise<Leverage> => {
  const { request, exchange } = run;
  if (request.leverage === undefined || request.marketType !== 'linear' || !exchange.setLeverage) return {};
  const { symbol } = request;
  const asked = lower(request.leverage, rules.maxLeverage);
  const timestamp = exchange.clock.now();
  if (timestamp === undefined) return { type: 'wait', ...clockUnknown };
  const planned = await planOrder(run, rules, deps, asked);
  if (planned.type !== 'order') return planned;
  if (planned.plan.intent === 'closing') return {};
  const { size } = planned.plan;
  const notional = await worthOf(run, 'amount' in size ? size.amount : undefined, deps);
  const reading = requestFor(run, 'read', timestamp, deps);
  const leverage = lower(asked, await exchange.maxLeverage?.({ symbol, notional }, reading.call));
  const { call, unsigned } = requestFor(run, 'configure', exchange.clock.now() ?? timestamp, deps);
  const told = await exchange.setLeverage({ symbol, leverage }, call);
  // What was free of the margin before says no longer what is free now.
  deps.balances.forget(request);
  if (told.outcome === 'set') return { leverage };
  const { reason, message } = unsigned.refusal ?? told;
  const isFinal = unsigned.refusal ? unsigned.refused === true : told.outcome === 'refused';
  return { type: isFinal ? 'deny' : 'wait', reason, message };
};
