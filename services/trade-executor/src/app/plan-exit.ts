import type { Side } from '@latchkey/contracts';
import { absolute, clientOrderIdOf, isPositive, isZero, subtract, sum, zero, type Decimal, type Leg } from '@latchkey/kernel';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import { isOnSide } from '../domain/sizing/part-to-close.js';
import { ownedForSure, sizeExit, type Unknown } from '../domain/sizing/size-exit.js';
import type { Refusal, TradeRequest } from '../domain/trade/events.js';
import { closes } from '../domain/trade/intent.js';
import { maxExitLegs, recvWindowMs } from '../domain/trade/policy.js';
import type { EndedLeg } from '../domain/trade/state.js';
import type { Holding, OtherTrade } from './ports/holdings.js';
import type { Planned } from './order-plan.js';
import { signedRead } from './signed-read.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

/** A spot account that had less than was to be sold: how much it has is asked before the next attempt. */
export const balanceTooSmall = 'venue.insufficient_balance';

export const exitUnderWay: Refusal = {
  reason: 'exit_under_way',
  message: 'An exit of the same strategy and symbol is under way; an order beside it could sell the same quantity again.',
};
export const overtaken: Refusal = {
  reason: 'overtaken_by_later_signal',
  message: 'A later signal of the strategy was traded on this symbol; closing for an older one would undo it.',
};
const exhausted: Refusal = {
  reason: 'orders_exhausted',
  message: `The exit has placed ${maxExitLegs} orders and something is left to close; look at the exchange, or send another exit.`,
};
export const balanceUnknown: Refusal = {
  reason: 'venue.balance_unknown',
  message: 'The exchange said that the balance is too small, and did not tell how much there is.',
};
const mayTurnUp: Refusal = {
  reason: 'venue.order_not_found',
  message: 'An order of this strategy is still looked for; what of it turns up is closed too.',
};

/** By the order of the strategy's signals, which a replay does not change; trades of before it was kept have their place in the lane. */
export const isBefore = (
  other: Pick<OtherTrade, 'sequence' | 'ordinal'>,
  { sequence, ordinal }: Pick<TradeRequest, 'sequence' | 'ordinal'>,
): boolean =>
  other.sequence !== undefined && sequence !== undefined && other.sequence !== sequence
    ? other.sequence < sequence
    : other.ordinal < ordinal;

const inFlight: ReadonlySet<OtherTrade['status']> = new Set(['submitted', 'unknown', 'accepted', 'partially_filled']);

const isUnsettled = ({ status, unproven }: OtherTrade): boolean => inFlight.has(status) || unproven;

const closedBy = { long: 'sell', short: 'buy' } as const;

/** What an exit of one side closes nothing of, an order to the other side neither adds to nor takes from. */
const concerns = ({ side }: OtherTrade, { positionSide }: TradeRequest, owned: Decimal): boolean =>
  positionSide === undefined || side !== closedBy[positionSide] || (!isZero(owned) && isOnSide(owned, positionSide));

/** Orders of the following from before the exit that may stand without our knowing how much of them: sent, and not settled. */
export const unsettledBefore = (request: TradeRequest, { owned, others }: Holding): readonly OtherTrade[] =>
  others.filter((other) => isBefore(other, request) && isUnsettled(other) && concerns(other, request, owned));

/** Those that may still add to what there is to close: on contracts an exit only takes from it, which its own reduce-only order does no second time. */
const mayMatter = ({ marketType }: TradeRequest, unsettled: readonly OtherTrade[]): readonly OtherTrade[] =>
  marketType === 'spot' ? unsettled : unsettled.filter((other) => !closes(other));

/**
 * What they would have bought and sold, if all of it was executed.
 *
 * @param owned what an order whose size is not known may have closed
 */
const mayHaveDone = (unsettled: readonly OtherTrade[], owned: Decimal): Unknown => {
  const restOf = ({ amount, filled }: OtherTrade): Decimal => (amount === undefined ? absolute(owned) : subtract(amount, filled));
  const of = (wanted: 'buy' | 'sell'): Decimal => sum(unsettled.filter(({ side }) => side === wanted).map(restOf));
  return { bought: of('buy'), sold: of('sell') };
};

/** An exit or a reduction of the following has an order whose end is not known: it may be selling what is owned. */
export const hasExitUnderWay = ({ others }: Holding): boolean =>
  others.some((other) => closes(other) && inFlight.has(other.status));

/** What a sell may count as its following's own, whatever became of the orders that are not settled. */
export const surelyOwned = ({ owned, others }: Holding): Decimal =>
  ownedForSure(owned, mayHaveDone(others.filter(isUnsettled), owned));

const executedSomething = ({ venueFilled, fills }: EndedLeg): boolean => isPositive(venueFilled) || fills.length > 0;

/** A strategy's actions are in the order of its signals, and within a signal in their own. */
export const isOvertaken = ({ sequence }: TradeRequest, { lastSequence, laterActionSent }: Holding): boolean =>
  laterActionSent || (sequence !== undefined && lastSequence !== undefined && lastSequence > sequence);

/** Another exit of the following waits for its turn: it closes what there is. */
const isFollowed = (request: TradeRequest, { others }: Holding): boolean =>
  others.some((other) => other.action === 'exit' && other.status === 'requested' && !isBefore(other, request));

/** What a spot account has free, asked with the string of the attempt that it is for. */
export const freeOf = async (run: TradeRun, asset: string, deps: TradeDeps): Promise<Decimal | undefined> => {
  const { exchange, request } = run;
  const timestamp = exchange.clock.now();
  if (!exchange.free || timestamp === undefined || run.of.trade.status !== 'requested') return undefined;
  const attempt = { leg: legOf(run.of.trade.earlier.length), attempt: Math.max(1, run.of.trade.attempts) };
  const { call } = signedRead({ request }, attempt, { timestamp, recvWindow: recvWindowMs }, deps);
  // The order holds its permit already: what it still has to know comes before everything else.
  return exchange.free(asset, { ...call, urgency: 'service' });
};

/** The order of an exit that comes after so many. */
export const legOf = (index: number): Leg => `e${index}` as Leg;

/** The venue has just refused this very order; nothing has changed since. */
const wasRefused = (last: EndedLeg | undefined, { side, amount }: { readonly side: Side; readonly amount: Decimal }): boolean =>
  last?.outcome === 'rejected' && last.attempt.side === side && last.attempt.amount === amount;

/** How an exit closes what there is to close now. */
export const planExit = async (run: TradeRun, rules: MarketRules, deps: TradeDeps): Promise<Planned> => {
  const { request, exchange, of } = run;
  const { trade } = of;
  if (trade.status !== 'requested') return { type: 'wait', ...mayTurnUp };
  const holding = await deps.holdings.of(request);
  const { earlier } = trade;
  const first = earlier.length === 0;
  // One that could be sent goes on; one that only looks out gives way to the next, which looks out for the same.
  const looksOut = !first || trade.deferred === true;
  if (isOvertaken(request, holding) || (looksOut && isFollowed(request, holding))) return { type: 'expire', ...overtaken };
  const unsettled = mayMatter(request, unsettledBefore(request, holding));
  const owned = isOnSide(holding.owned, request.positionSide) ? holding.owned : zero;
  const wasShort = request.marketType === 'spot' && trade.last?.reason === balanceTooSmall;
  const available = wasShort ? await freeOf(run, rules.baseAsset, deps) : undefined;
  if (wasShort && available === undefined) return { type: 'wait', ...balanceUnknown };
  const sized = sizeExit({
    marketType: request.marketType,
    owned,
    unknown: mayHaveDone(unsettled, owned),
    free: available,
    side: earlier.find(executedSomething)?.attempt.side,
    rules,
    price: request.marketType === 'spot' ? await exchange.price(request.symbol) : undefined,
  });
  const refused = sized.ok && wasRefused(earlier.at(-1), sized);
  if (!sized.ok || refused) {
    if (unsettled.length > 0 && (sized.ok || sized.reason === 'nothing_to_close' || sized.reason === 'dust_below_minimum'))
      return { type: 'wait', rests: true, ...mayTurnUp };
    if (sized.ok)
      return { type: 'deny', reason: 'venue.nothing_to_reduce', message: earlier.at(-1)?.message ?? exhausted.message };
    return { type: 'deny', reason: sized.reason, message: sized.message };
  }
  if (earlier.length >= maxExitLegs) return { type: 'deny', ...exhausted };
  const leg = legOf(earlier.length);
  const covers = unsettled.map(({ tradeId }) => tradeId).slice(0, 20);
  return {
    type: 'order',
    plan: {
      intent: 'closing',
      leg,
      clientOrderId: clientOrderIdOf(request.tradeId, leg),
      side: sized.side,
      size: { amount: sized.amount },
      ...((covers.length > 0 || sized.more) && { covers }),
    },
  };
};
