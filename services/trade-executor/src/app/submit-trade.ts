import { entryLeg, InvariantError, type Decimal } from '@latchkey/kernel';
import type { TradeCommand } from '../domain/trade/commands.js';
import { mayStillAppear } from '../domain/trade/decide.js';
import type { Refusal } from '../domain/trade/events.js';
import { maxSignalAgeMs, recvWindowMs, unproven } from '../domain/trade/policy.js';
import { positionModeReason, type AttemptOutcome } from '../domain/settlement/outcome.js';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import { needsPrice, sizeOrder, type Sized, type SizedOrder } from '../domain/sizing/size-order.js';
import type { OrderSnapshot } from '../domain/trade/commands.js';
import type { Exchange, Signature } from './ports/exchange.js';
import { inSpan } from '@latchkey/tracing';
import type { Permit } from './ports/permits.js';
import type { LoadedTrade } from './ports/trades.js';
import type { Signed } from './ports/vault.js';
import { paramsHashOf, signItem, type TradeDeps, type TradeRun } from './trade-run.js';

const askAgainMs = 250;
const longestPauseMs = 4_000;

type Obstacle = Refusal & { readonly waitMs: number };

const clockUnknown: Refusal = {
  reason: 'venue.clock_unknown',
  message: 'The exchange’s clock is unknown or disagrees with ours, so nothing could be signed.',
};
const marketsUnknown: Refusal = { reason: 'venue.unavailable', message: 'The exchange does not tell its markets now.' };
const limited: Refusal = {
  reason: 'rate_limited',
  message: 'The exchange asked for fewer requests; the order could not be sent in time.',
};
/** @param waitMs how long it would have taken, as far as that can be told */
const limitedFor = (waitMs: number): Refusal => ({
  reason: limited.reason,
  message:
    waitMs > 0
      ? `The exchange’s limits for our address or this account would have let the order go in about ${Math.ceil(waitMs / 1_000)} s, which is too late for its signal.`
      : 'The exchange’s limits for our address or this account did not let the order go in time.',
});
const priceUnknown: Refusal = {
  reason: 'venue.price_unknown',
  message: 'The exchange told no price, so the amount to spend could not be turned into a quantity.',
};
const vaultFrozen: Refusal = {
  reason: 'vault.frozen',
  message: 'Operators have frozen the key vault: nothing was signed. What they find out comes first; alerts are taken meanwhile.',
};
const vaultAway: Refusal = { reason: 'vault.away', message: 'The key vault did not answer, so nothing could be signed.' };

/** What keeps the trade from being sent right now; all of it passes by itself. */
const obstacleOf = ({ exchange, request }: TradeRun, { gate, clock }: TradeDeps): Obstacle | undefined => {
  // First, because while it wants to be left alone it is not asked for its time either.
  const paused = exchange.pausedUntil();
  if (paused > 0) return { ...limited, waitMs: paused - clock.now() };
  if (exchange.clock.now() === undefined) return { ...clockUnknown, waitMs: askAgainMs };
  if (exchange.rules(request.symbol) === 'loading') return { ...marketsUnknown, waitMs: askAgainMs };
  const waitMs = gate.enter();
  return waitMs > 0 ? { ...(gate.state() === 'frozen' ? vaultFrozen : vaultAway), waitMs } : undefined;
};

type Commit = Awaited<ReturnType<TradeDeps['trades']['apply']>>;

/** Turns one attempt's outcome into the command that records it. */
const recordOf = (
  attempt: number,
  answer: { readonly outcome: 'placed'; readonly order: OrderSnapshot } | AttemptOutcome,
): TradeCommand => {
  switch (answer.outcome) {
    case 'placed':
      return { type: 'RecordOrder', data: { attempt, order: answer.order, foundBy: 'answer' } };
    case 'rejected':
      return { type: 'RecordRejected', data: { attempt, reason: answer.reason, message: answer.message } };
    case 'turned_away':
      return { type: 'RecordTurnedAway', data: { attempt, reason: answer.reason, message: answer.message } };
    case 'not_sent':
      return { type: 'RecordNotSent', data: { attempt, reason: answer.reason, message: answer.message, final: false } };
    case 'unknown':
      return {
        type: 'RecordUnknown',
        data: { attempt, cause: answer.cause.slice(0, 80), venueSaidUnknown: answer.venueSaidUnknown },
      };
  }
};

const unsignedOf = (
  attempt: number,
  { outcome, code, message }: Exclude<Signed, { outcome: 'signed' }>,
  { absenceIsProof }: Exchange,
): TradeCommand => {
  // Nothing was sent now, but perhaps before: by a history that this database has lost. Only the venue knows.
  if (outcome === 'signed_before') return { type: 'RecordUnknown', data: { attempt, cause: code, venueSaidUnknown: false } };
  const reason = outcome === 'away' ? vaultAway.reason : code;
  const refusal = { attempt, reason, message: message.slice(0, 500) };
  const end = outcome === 'refused' ? ({ final: true, absenceIsProof } as const) : ({ final: false } as const);
  return { type: 'RecordNotSent', data: { ...refusal, ...end } };
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
 * One attempt: the intent is committed and the signature asked for at the same time, and the bytes leave only after both. Whatever happens
 * then is recorded as what it proves.
 */
const attemptOrder = async (run: TradeRun, size: SizedOrder, permit: Permit, deps: TradeDeps): Promise<LoadedTrade> => {
  const { of, request, exchange, lease } = run;
  const { trades, vault, gate, clock, positionModes } = deps;
  const timestamp = exchange.clock.now();
  if (timestamp === undefined || of.trade.status !== 'requested') return of;
  const attempt = of.trade.attempts + 1;
  const { clientOrderId, symbol, side } = request;
  const refused = of.trade.last?.reason === positionModeReason ? of.trade.attempt : undefined;
  const positionSide = request.marketType === 'linear' ? positionModes.sideOf(request, refused) : undefined;
  const order = { clientOrderId, symbol, side, ...size, ...(positionSide !== undefined && { positionSide }) };
  const recvWindow = recvWindowMs;
  const purpose = 'open'; // every order so far enters a position
  const state: { committing?: Promise<Commit>; unsigned?: Exclude<Signed, { outcome: 'signed' }> } = {};

  const commit = (payload: string): Promise<Commit> =>
    trades.apply(
      of,
      {
        type: 'Submit',
        data: {
          attempt,
          leg: entryLeg,
          order,
          now: clock.now(),
          timestamp,
          recvWindow,
          paramsHash: paramsHashOf(payload),
          resendAfterAbsence: exchange.resendAfterAbsence,
          absenceIsProof: exchange.absenceIsProof,
          purpose,
        },
      },
      lease,
    );

  const authorize = async (payload: string): Promise<Signature | undefined> => {
    state.committing = commit(payload);
    const [committed, signed] = await Promise.all([
      state.committing.then(wasSubmitted, () => false),
      vault.sign(signItem(run, { purpose, payload, leg: entryLeg, attempt })),
    ]);
    if (signed.outcome === 'away') gate.away();
    else if (signed.outcome !== 'signed' && signed.code === vaultFrozen.reason) gate.frozen();
    else gate.answered();
    if (signed.outcome !== 'signed') state.unsigned = signed;
    // Without the commit the attempt does not exist: a signature for it is dropped.
    return committed && signed.outcome === 'signed' ? signed : undefined;
  };

  const answer = await exchange.submit(order, { timestamp, recvWindow, authorize, permit, user: request.userId });
  if (!state.committing) throw new InvariantError('the exchange client answered without asking for a signature');
  if (answer.outcome === 'turned_away' && answer.positionMode) positionModes.learn(request, answer.positionMode);
  // The client may have given up waiting before the commit came: what is recorded next builds on it either way.
  const committed = await state.committing;
  if (!wasSubmitted(committed)) return committed.after;
  const record = state.unsigned ? unsignedOf(attempt, state.unsigned, exchange) : recordOf(attempt, answer);
  return (await trades.apply(committed.after, record, lease)).after;
};

const wasSubmitted = ({ events }: Commit): boolean => events.some(({ type }) => type === 'OrderSubmitted');

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
]);

const backOff = async ({ of: { trade } }: TradeRun, { pause, clock }: TradeDeps, deadline: number): Promise<void> => {
  if (trade.status !== 'requested' || trade.waiting === 'first' || trade.waiting === 'absent') return;
  // It was turned away for a form that the next attempt no longer has.
  if (trade.last?.reason === positionModeReason) return;
  const [growth, longestMs] = passesSlowly.has(trade.last?.reason ?? '') ? [4, 30_000] : [2, longestPauseMs];
  const pauseMs = Math.min(longestMs, askAgainMs * growth ** trade.attempts);
  await pause(Math.min(pauseMs, Math.max(0, deadline + 1 - clock.now())));
};

/** Receipt is by the gateway's clock, the restore by our database's: to look up once too often only costs time. */
const maxClockSkewMs = 2_000;

/** True when an order of this trade may stand at the venue though the (restored) database has no attempt for it. */
const isSuspect = async ({ of: { trade }, request }: TradeRun, { restoredAt }: TradeDeps): Promise<boolean> => {
  const restored = await restoredAt();
  if (restored === undefined || trade.status !== 'requested') return false;
  if (Date.parse(request.receivedAt) > restored + maxClockSkewMs) return false;
  return trade.attempt === undefined || trade.attempt.timestamp < restored;
};

const suspect = async ({ of, exchange, lease }: TradeRun, { trades, pause }: TradeDeps): Promise<LoadedTrade> => {
  const timestamp = exchange.clock.now();
  if (timestamp === undefined) {
    await pause(askAgainMs);
    return of;
  }
  const data = { leg: entryLeg, timestamp, recvWindow: recvWindowMs };
  return (await trades.apply(of, { type: 'SuspectLostAttempt', data }, lease)).after;
};

const tooOld = ({ of: { trade } }: TradeRun): Refusal => {
  const last = trade.status === 'requested' ? trade.last : undefined;
  const message = `The signal was older than ${maxSignalAgeMs / 1_000} s before it could be sent.`;
  return last
    ? { reason: last.reason, message: `${message} Last obstacle: ${last.message}`.slice(0, 500) }
    : { reason: 'signal_too_old', message };
};

/** Brings a requested trade one step on: denied, expired, or with an attempt that has an outcome. */
export const submitTrade = async (run: TradeRun, deps: TradeDeps): Promise<LoadedTrade> => {
  const { of, request, exchange, lease } = run;
  const { trades, clock, pause, permits } = deps;
  const end = async (type: 'Deny' | 'Expire', { reason, message }: Refusal) => {
    const isUnproven = of.trade.status === 'requested' && mayStillAppear(of.trade, exchange);
    const command: TradeCommand = isUnproven ? { type: 'Expire', data: unproven } : { type, data: { reason, message } };
    return (await trades.apply(of, command, lease)).after;
  };

  // Before anything is decided, its age included: a restored database does not know yet that this trade was sent.
  while (!deps.mayTrade()) await pause(askAgainMs);
  const deadline = Date.parse(request.receivedAt) + maxSignalAgeMs;
  await backOff(run, deps, deadline);
  if (await isSuspect(run, deps)) return suspect(run, deps);
  // Whatever else may stand in its way by now: this is the reason why it is not sent.
  if (of.trade.status === 'requested' && of.trade.waiting === 'absent' && !exchange.resendAfterAbsence)
    return end('Expire', unproven);
  if (clock.now() > deadline) return end('Expire', tooOld(run));
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
  if (!rules) {
    return end('Deny', {
      reason: 'market.unknown_symbol',
      message: `${request.symbol} is not a ${request.marketType} market of ${request.exchange}; check the ticker in the alert.`,
    });
  }
  const granted = await permits.forOrder({ ...request, user: request.userId, purpose: 'open', deadline });
  if (!granted.permit) return end('Expire', limitedFor(granted.waitMs));
  const { permit } = granted;
  try {
    // Its age is judged now; and whatever may have come in its way while it waited.
    if (clock.now() > deadline) return await end('Expire', tooOld(run));
    if (obstacleOf(run, deps)) return of;
    // Sized when it is its turn: a price of before the wait would be too old.
    const sized = await sizeFor(run, rules);
    if (sized?.ok) return await inSpan('attempt', {}, () => attemptOrder(run, sized.order, permit, deps));
    if (sized) return await end('Deny', sized);
  } finally {
    permit.end();
  }
  if (clock.now() + askAgainMs > deadline) return end('Expire', priceUnknown);
  await pause(askAgainMs);
  return of;
};
