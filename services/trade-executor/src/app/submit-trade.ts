import type { MarketRules } from '../domain/sizing/market-rules.js';
import { positionModeReason } from '../domain/settlement/outcome.js';
import type { TradeCommand } from '../domain/trade/commands.js';
import { mayStillAppear } from '../domain/trade/decide.js';
import type { Refusal, TradeRequest } from '../domain/trade/events.js';
import { closes, intentOf, mayClose, type TradeIntent } from '../domain/trade/intent.js';
import { dueAtMs, maxExitLegs, recvWindowMs, supersededByExit, unknownParams, unprovenOf } from '../domain/trade/policy.js';
import { isResting } from '../domain/trade/state.js';
import { entryLeg, isNegative, zero, type Leg } from '@latchkey/kernel';
import { inSpan, passing } from '@latchkey/tracing';
import { ageLimit } from './age-limit.js';
import { attemptOrder, vaultAway, vaultFrozen } from './attempt-order.js';
import { makeWay } from './make-way.js';
import { clockUnknown, marketsUnknown, unknownMarket } from './market-refusals.js';
import { balanceTooSmall, exitUnderWay, legOf } from './plan-exit.js';
import { planOrder } from './plan-order.js';
import { setLeverage } from './set-leverage.js';
import { prepareSizing } from './size-entry.js';
import type { LoadedTrade } from './ports/trades.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const askAgainMs = 250;
const longestPauseMs = 4_000;
/** A turn lasts from the decision to its commit: a few milliseconds, but for an exit whose outcome is not known. */
const askForTurnMs = 20;

type Obstacle = Refusal & { readonly waitMs: number };

const limited: Refusal = {
  reason: 'rate_limited',
  message: 'The exchange asked for fewer requests; the order could not be sent in time.',
};
const tooBusy: Refusal = {
  reason: 'executor.busy',
  message: 'There was more to send at the same time than this installation could send; the order was not sent in time.',
};
/** @param waitMs how long it would have taken, as far as that can be told */
const limitedFor = (waitMs: number): Refusal => ({
  reason: limited.reason,
  message:
    waitMs > 0
      ? `The exchange’s limits for our address or this account would have let the order go in about ${Math.ceil(waitMs / 1_000)} s, which is too late for its signal.`
      : 'The exchange’s limits for our address or this account did not let the order go in time.',
});

/** What keeps the trade from being sent right now; all of it passes by itself. */
const obstacleOf = ({ exchange, request }: TradeRun, { gate, clock, turns }: TradeDeps): Obstacle | undefined => {
  // First, because while it wants to be left alone it is not asked for its time either.
  const paused = exchange.pausedUntil();
  if (paused > 0) return { ...limited, waitMs: paused - clock.now() };
  if (exchange.clock.now() === undefined) return { ...clockUnknown, waitMs: askAgainMs };
  if (exchange.rules(request.symbol) === 'loading') return { ...marketsUnknown, waitMs: askAgainMs };
  if (!turns.isFree(request)) return { ...exitUnderWay, waitMs: askForTurnMs };
  const waitMs = gate.enter();
  return waitMs > 0 ? { ...(gate.state() === 'frozen' ? vaultFrozen : vaultAway), waitMs } : undefined;
};

/**
 * Nothing else holds attempts back while the venue cannot be reached, or takes no more orders of one account, or the vault signs no more for it
 * now: they have to last for a signal's age (after 1, 5, 21 and 51 s).
 */
const passesSlowly: ReadonlySet<string> = new Set([
  'venue.unreachable',
  'venue.rate_limited',
  'venue.too_many_orders',
  'vault.rate_limited',
  'vault.trading_halted',
  'vault.symbol_not_allowed',
  'venue.price_unknown',
]);

const passesAtOnce: ReadonlySet<string> = new Set(['first', 'absent', 'rest']);

/** What closes has ten minutes where an opening has one: its attempts are made to last (after 1.5, 10, 64 and 304 s). */
const paceOf = (reason: string | undefined, closing: boolean): readonly [growth: number, longestMs: number] => {
  if (!passesSlowly.has(reason ?? '')) return [2, longestPauseMs];
  return closing ? [6, 240_000] : [4, 30_000];
};

const backOff = async ({ of: { trade } }: TradeRun, { pause, clock }: TradeDeps, deadline: number): Promise<void> => {
  if (trade.status !== 'requested') return;
  // What the venue has just ended early would be ended again.
  if (trade.waiting === 'rest' && trade.earlier.at(-1)?.outcome === 'canceled')
    await pause(askAgainMs * 2 ** trade.earlier.length);
  if (passesAtOnce.has(trade.waiting)) return;
  // It was turned away for a form or a size that the next attempt no longer has.
  if (trade.last?.reason === positionModeReason || trade.last?.reason === balanceTooSmall) return;
  const [growth, longestMs] = paceOf(trade.last?.reason, closes(trade.request));
  const pauseMs = Math.min(longestMs, askAgainMs * growth ** trade.attempts);
  await pause(Math.min(pauseMs, Math.max(0, deadline + 1 - clock.now())));
};

/** Receipt is by the gateway's clock, the restore by our database's: to look up once too often only costs time. */
const maxClockSkewMs = 2_000;

/** True when an order of this trade may stand at the venue though the (restored) database has no attempt for it. */
const isSuspect = async ({ of: { trade }, request }: TradeRun, { restoredAt }: TradeDeps): Promise<boolean> => {
  const restored = await restoredAt();
  if (restored === undefined || trade.status !== 'requested') return false;
  if (dueAtMs(request) > restored + maxClockSkewMs) return false;
  // The next order of an exit may have been sent after the one that was lost and is found now.
  if (trade.waiting === 'rest' && trade.attempt?.paramsHash === unknownParams) return trade.earlier.length < maxExitLegs;
  if (trade.waiting === 'rest' && trade.earlier.length >= maxExitLegs) return false;
  return trade.attempt === undefined || trade.attempt.timestamp < restored;
};

/** Of an exit that rests it is the order after those that have ended: none of them can be the one that was lost. */
const legInWork = (trade: LoadedTrade['trade']): Leg =>
  trade.status === 'none' || trade.earlier.length === 0 ? entryLeg : legOf(trade.earlier.length);

/** What closes, adds or reverses has a side only when it is its turn: what it was is a guess until the venue shows the order. */
const likelySide = async (request: TradeRequest, holdings: TradeDeps['holdings']): Promise<'buy' | 'sell'> => {
  if (request.action === 'buy' || request.action === 'sell') return request.action;
  const isShort = isNegative((await holdings.of(request)).owned);
  return isShort === closes(request) ? 'buy' : 'sell';
};

const suspect = async ({ of, request, exchange, lease }: TradeRun, deps: TradeDeps): Promise<LoadedTrade> => {
  const { trades, pause, holdings } = deps;
  const timestamp = exchange.clock.now();
  if (timestamp === undefined) {
    await pause(askAgainMs);
    return of;
  }
  const side = await likelySide(request, holdings);
  const data = { leg: legInWork(of.trade), timestamp, recvWindow: recvWindowMs, side };
  return (await trades.apply(of, { type: 'SuspectLostAttempt', data }, lease)).after;
};

const tooOld = ({ of: { trade } }: TradeRun, maxAgeMs: number): Refusal => {
  const last = trade.status === 'requested' ? trade.last : undefined;
  const message = `The signal was older than ${maxAgeMs / 1_000} s before it could be sent.`;
  return last
    ? { reason: last.reason, message: `${message} Last obstacle: ${last.message}`.slice(0, 500) }
    : { reason: 'signal_too_old', message };
};

/** At most: whether a sell closes is certain only when its size is known, and the decider judges its age by that. */
const intentAtMost = async ({ request }: TradeRun, { holdings }: TradeDeps): Promise<TradeIntent> =>
  closes(request) || !mayClose(request) ? intentOf(request, zero) : intentOf(request, (await holdings.of(request)).owned);

/** Ends a trade that has no attempt under way: for good, as unproven where its order may still come, or as done where an exit has closed something. */
const endOf = ({ of: { trade }, exchange }: TradeRun, type: 'Deny' | 'Expire', refusal: Refusal): TradeCommand => {
  const { reason, message } = refusal;
  if (trade.status !== 'requested') return { type, data: { reason, message } };
  if (trade.waiting === 'rest') return { type: 'CompleteExit', data: { reason, message } };
  return mayStillAppear(trade, exchange)
    ? { type: 'Expire', data: unprovenOf(trade.request) }
    : { type, data: { reason, message } };
};

/** Nothing is held back for long while something may turn up, and nothing is asked more often than it needs to be. */
const restPauseMs = ({ request }: TradeRun, now: number): number =>
  Math.min(5_000, Math.max(askAgainMs, (now - dueAtMs(request)) / 20));

/** Brings a requested trade one step on: denied, expired, or with an attempt that has an outcome. */
export const submitTrade = async (run: TradeRun, deps: TradeDeps): Promise<LoadedTrade> => {
  const { of, request, exchange, lease } = run;
  const { trades, clock, pause, permits, ages, turns } = deps;
  const end = async (type: 'Deny' | 'Expire', refusal: Refusal) =>
    (await trades.apply(of, endOf(run, type, refusal), lease)).after;

  // Before anything is decided, its age included: a restored database does not know yet that this trade was sent.
  while (!deps.mayTrade()) await pause(askAgainMs);
  const intent = await intentAtMost(run, deps);
  const maxAgeMs = ageLimit(intent, ages);
  const deadline = dueAtMs(request) + maxAgeMs;
  /** What cannot be said now is asked again, as long as its age allows. */
  const waitFor = async (refusal: Refusal): Promise<LoadedTrade> => {
    const pauseMs = isResting(of.trade) ? restPauseMs(run, clock.now()) : askAgainMs;
    if (clock.now() + pauseMs > deadline) return end('Expire', refusal);
    await pause(pauseMs);
    return of;
  };

  await backOff(run, deps, deadline);
  if (await isSuspect(run, deps)) return suspect(run, deps);
  const waiting = of.trade.status === 'requested' ? of.trade.waiting : undefined;
  // Whatever else may stand in its way by now: this is the reason why it is not sent.
  if (waiting === 'absent' && !exchange.resendAfterAbsence) return end('Expire', unprovenOf(request));
  if (of.trade.status === 'requested' && of.trade.withdrawnBy !== undefined) return end('Deny', supersededByExit);
  if (clock.now() > deadline) return end('Expire', tooOld(run, maxAgeMs));
  if (request.action === 'exit' && waiting === 'first' && !isResting(of.trade)) {
    await makeWay(run, deps);
    passing('way-made');
  }
  for (let obstacle = obstacleOf(run, deps); obstacle; obstacle = obstacleOf(run, deps)) {
    // What cannot make its age any more ends at once instead of waiting for it.
    if (
      clock.now() + Math.min(obstacle.waitMs, askAgainMs) > deadline ||
      (obstacle.reason === limited.reason && clock.now() + obstacle.waitMs > deadline)
    ) {
      return end('Expire', obstacle);
    }
    await pause(Math.min(obstacle.waitMs, longestPauseMs));
  }
  const rules = exchange.rules(request.symbol) as MarketRules | undefined;
  if (!rules) return end('Deny', unknownMarket(request));
  const leverage = (await prepareSizing(run, rules, deps)) ?? (await setLeverage(run, rules, deps));
  if ('type' in leverage) {
    if (leverage.type === 'wait') return waitFor(leverage);
    return end(leverage.type === 'deny' ? 'Deny' : 'Expire', leverage);
  }
  const granted = await permits.forOrder({
    ...request,
    user: request.userId,
    purpose: intent === 'closing' ? 'close' : 'open',
    deadline,
  });
  if (!granted.permit) return end('Expire', granted.busy ? tooBusy : limitedFor(granted.waitMs));
  const { permit } = granted;
  passing('permit-granted');
  const send = async (): Promise<LoadedTrade | (Refusal & { readonly rests?: true })> => {
    // Its age is judged now, and so is whatever may have come in its way while it waited.
    if (clock.now() > deadline) return end('Expire', tooOld(run, maxAgeMs));
    if (obstacleOf(run, deps) || !turns.take(request)) return of;
    // Sized when it is its turn: a price of before the wait would be too old.
    const planned = await planOrder(run, rules, deps, leverage.leverage);
    switch (planned.type) {
      case 'order':
        return inSpan('attempt', {}, () => attemptOrder(run, planned.plan, rules, permit, deps));
      case 'deny':
        return end('Deny', planned);
      case 'expire':
        return end('Expire', planned);
      case 'wait':
        return planned;
    }
  };
  const done = await send().finally(permit.end);
  if ('tradeId' in done) return done;
  turns.leave(request);
  if (done.rests && !isResting(of.trade)) {
    const { reason, message } = done;
    return (await trades.apply(of, { type: 'DeferExit', data: { reason, message } }, lease)).after;
  }
  return waitFor(done);
};
