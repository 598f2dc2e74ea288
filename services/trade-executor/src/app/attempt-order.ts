import { InvariantError } from '@latchkey/kernel';
import { positionModeReason, type AttemptOutcome } from '../domain/settlement/outcome.js';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import type { OrderSnapshot, TradeCommand } from '../domain/trade/commands.js';
import type { Refusal } from '../domain/trade/events.js';
import { closes } from '../domain/trade/intent.js';
import { recvWindowMs } from '../domain/trade/policy.js';
import { ageLimit } from './age-limit.js';
import { withFeePrices } from './fee-prices.js';
import { balanceTooSmall } from './plan-exit.js';
import type { OrderPlan } from './order-plan.js';
import type { Market, Signature } from './ports/exchange.js';
import type { Permit } from './ports/permits.js';
import type { LoadedTrade } from './ports/trades.js';
import type { Signed } from './ports/vault.js';
import { recordFact } from './record-fact.js';
import { paramsHashOf, signItem, type TradeDeps, type TradeRun } from './trade-run.js';

export const vaultFrozen: Refusal = {
  reason: 'vault.frozen',
  message: 'Operators have frozen the key vault: nothing was signed. What they find out comes first; alerts are taken meanwhile.',
};
export const vaultAway: Refusal = { reason: 'vault.away', message: 'The key vault did not answer, so nothing could be signed.' };

type Commit = Awaited<ReturnType<TradeDeps['trades']['apply']>>;
type Answer = { readonly outcome: 'placed'; readonly order: OrderSnapshot } | AttemptOutcome;

/** Turns one attempt's outcome into the command that records it. */
const recordOf = (attempt: number, answer: Answer, { absenceIsProof }: Market): TradeCommand => {
  switch (answer.outcome) {
    case 'placed':
      return { type: 'RecordOrder', data: { attempt, order: answer.order, foundBy: 'answer' } };
    case 'rejected':
      return { type: 'RecordRejected', data: { attempt, reason: answer.reason, message: answer.message, absenceIsProof } };
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
  { absenceIsProof }: Market,
): TradeCommand => {
  // Nothing was sent now, but perhaps before: by a history that this database has lost. Only the venue knows.
  if (outcome === 'signed_before') return { type: 'RecordUnknown', data: { attempt, cause: code, venueSaidUnknown: false } };
  const reason = outcome === 'away' ? vaultAway.reason : code;
  const refusal = { attempt, reason, message: message.slice(0, 500) };
  const end = outcome === 'refused' ? ({ final: true, absenceIsProof } as const) : ({ final: false } as const);
  return { type: 'RecordNotSent', data: { ...refusal, ...end } };
};

/** What a following bought may have left the account in part: an exit on spot sells what is there, which the next attempt asks for. */
const forExit = ({ request, of: { trade } }: TradeRun, answer: Answer): Answer => {
  const isShort = answer.outcome === 'rejected' && answer.reason === balanceTooSmall;
  const knew = trade.status === 'requested' && trade.last?.reason === balanceTooSmall;
  return isShort && !knew && closes(request) && request.marketType === 'spot'
    ? { outcome: 'turned_away', reason: answer.reason, message: answer.message }
    : answer;
};

const wasSubmitted = ({ events }: Commit): boolean => events.some(({ type }) => type === 'OrderSubmitted');

/**
 * One attempt: the intent is committed and the signature asked for at the same time, and the bytes leave only after both. Whatever happens
 * then is recorded as what it proves.
 */
export const attemptOrder = async (
  run: TradeRun,
  { intent, leg, clientOrderId, side, size, value, covers }: OrderPlan,
  { baseAsset, quoteAsset }: Pick<MarketRules, 'baseAsset' | 'quoteAsset'>,
  permit: Permit,
  deps: TradeDeps,
): Promise<LoadedTrade> => {
  const { of, request, exchange, lease } = run;
  const { trades, vault, gate, clock, positionModes, balances, ages, turns } = deps;
  const timestamp = exchange.clock.now();
  if (timestamp === undefined || of.trade.status !== 'requested') return of;
  const attempt = of.trade.waiting === 'rest' ? 1 : of.trade.attempts + 1;
  const refused = of.trade.last?.reason === positionModeReason ? of.trade.attempt : undefined;
  const isLinear = request.marketType === 'linear';
  const isClosing = intent === 'closing';
  const positionSide = isLinear ? positionModes.sideOf(request, { side, closes: isClosing }, refused) : undefined;
  const order = {
    clientOrderId,
    symbol: request.symbol,
    side,
    ...size,
    ...(positionSide !== undefined && { positionSide }),
    ...(isLinear && isClosing && ({ reduceOnly: true } as const)),
  };
  const recvWindow = recvWindowMs;
  const purpose = isClosing ? 'close' : 'open';
  const state: { committing?: Promise<Commit>; unsigned?: Exclude<Signed, { outcome: 'signed' }> } = {};

  const commit = (payload: string): Promise<Commit> =>
    trades.apply(
      of,
      {
        type: 'Submit',
        data: {
          attempt,
          leg,
          order,
          now: clock.now(),
          maxAgeMs: ageLimit(intent, ages),
          timestamp,
          recvWindow,
          paramsHash: paramsHashOf(payload),
          resendAfterAbsence: exchange.resendAfterAbsence,
          absenceIsProof: exchange.absenceIsProof,
          purpose,
          baseAsset,
          quoteAsset,
          ...(value !== undefined && { value }),
          ...(covers && { covers }),
        },
      },
      lease,
    );

  const authorize = async (payload: string): Promise<Signature | undefined> => {
    // What an entry orders is seen by everybody once it is committed; what closes keeps its turn.
    state.committing = commit(payload).finally(() => !closes(request) && turns.leave(request));
    const [committed, signed] = await Promise.all([
      state.committing.then(wasSubmitted, () => false),
      vault.sign(signItem(run, { purpose, payload, leg, attempt })),
    ]);
    if (signed.outcome === 'away') gate.away();
    else if (signed.outcome !== 'signed' && signed.code === vaultFrozen.reason) gate.frozen();
    else gate.answered();
    if (signed.outcome !== 'signed') state.unsigned = signed;
    // Without the commit the attempt does not exist: a signature for it is dropped.
    return committed && signed.outcome === 'signed' ? signed : undefined;
  };

  const answer = await exchange.submit(order, { timestamp, recvWindow, authorize, permit, user: request.userId });
  balances.forget(request);
  if (!state.committing) throw new InvariantError('the exchange client answered without asking for a signature');
  if (answer.outcome === 'turned_away' && answer.positionMode) positionModes.learn(request, answer.positionMode);
  // The client may have given up waiting before the commit came: what is recorded next builds on it either way.
  const committed = await state.committing;
  if (!wasSubmitted(committed)) return committed.after;
  const known = answer.outcome === 'placed' ? { ...answer, order: await withFeePrices(run, answer.order) } : answer;
  const record = state.unsigned
    ? unsignedOf(attempt, state.unsigned, exchange)
    : recordOf(attempt, forExit(run, known), exchange);
  return recordFact(trades, committed.after, record, lease);
};
