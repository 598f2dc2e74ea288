import { isPositive } from '@latchkey/kernel';
import { isSilent, nextLookup, type LookupState } from '../domain/settlement/lookup-policy.js';
import type { OrderSnapshot } from '../domain/trade/commands.js';
import type { Refusal, Submission } from '../domain/trade/events.js';
import { recvWindowMs } from '../domain/trade/policy.js';
import type { TradeIn } from '../domain/trade/state.js';
import { withFeePrices } from './fee-prices.js';
import { openUntilWhole } from './known-fills.js';
import type { LookupAnswer } from './ports/exchange.js';
import type { LoadedTrade } from './ports/trades.js';
import { recordFact } from './record-fact.js';
import { signedRead } from './signed-read.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const venueClockPauseMs = 500;

const wasExecuted = ({ filled }: OrderSnapshot): boolean => isPositive(filled);

/** One look-up by our own id; what was executed is asked for too where the order itself does not say enough. */
export const lookUp = async (
  run: TradeRun,
  submission: Submission,
  timestamp: number,
  deps: TradeDeps,
): Promise<LookupAnswer> => {
  const { symbol, clientOrderId } = submission;
  const read = signedRead(run, submission, { timestamp, recvWindow: recvWindowMs }, deps);
  const answer = await run.exchange.lookup({ symbol, clientOrderId }, read.call);
  if (read.unsigned) return read.unsigned;
  const { needsFills = wasExecuted } = run.exchange;
  if (answer.outcome !== 'found' || !needsFills(answer.order)) return answer;
  const { orderId } = answer.order;
  const window = { timestamp: run.exchange.clock.now() ?? timestamp, recvWindow: recvWindowMs };
  const { call } = signedRead(run, submission, window, deps);
  const fills = (await run.exchange.fills({ symbol, orderId }, call)) ?? [];
  const isCut = fills.length >= (run.exchange.mostFills ?? Infinity);
  return { outcome: 'found', order: { ...answer.order, fills, ...(isCut && { fillsCut: true as const }) } };
};

type Evidence = LookupState & {
  readonly absences: number;
  readonly refusals: number;
  readonly lastRefusal?: Refusal;
  /** Since when the look-ups answer nothing of use. */
  readonly silentSince?: number;
};

const noEvidence = ({ attempt, venueSaidUnknown }: TradeIn<'unknown'>): Evidence => ({
  timestamp: attempt.timestamp,
  recvWindow: attempt.recvWindow,
  venueSaidUnknown,
  sent: 0,
  counted: 0,
  failures: 0,
  absences: 0,
  refusals: 0,
});

/** "Not found" and "you may not ask" are counted apart: only the former proves anything about the order. */
const withAnswer = (
  evidence: Evidence,
  answer: Exclude<LookupAnswer, { outcome: 'found' }>,
  sentAt: number,
  counts: boolean,
): Evidence => {
  const { silentSince = sentAt, ...known } = evidence;
  const absences = evidence.absences + (counts && answer.outcome === 'absent' ? 1 : 0);
  const refusals = evidence.refusals + (counts && answer.outcome === 'refused' ? 1 : 0);
  return {
    ...known,
    sent: evidence.sent + 1,
    lastSentAt: sentAt,
    absences,
    refusals,
    counted: Math.max(absences, refusals),
    failures: answer.outcome === 'unavailable' ? evidence.failures + 1 : 0,
    ...(answer.outcome === 'unavailable' && { silentSince }),
    ...(answer.outcome === 'refused' && { lastRefusal: { reason: answer.reason, message: answer.message } }),
  };
};

const giveUp = async (
  { of, lease }: TradeRun,
  { attempt }: Submission,
  why: string,
  { reason, message: said }: Refusal,
  { trades }: TradeDeps,
): Promise<LoadedTrade> => {
  const message = `The order's outcome is unknown and ${why}: ${said} Look at the exchange whether the order stands.`.slice(
    0,
    500,
  );
  return recordFact(trades, of, { type: 'RecordUnverifiable', data: { attempt, reason, message } }, lease);
};

const conclude = async (
  run: TradeRun,
  submission: Submission,
  { absences, refusals, lastRefusal }: Evidence,
  deps: TradeDeps,
): Promise<LoadedTrade> => {
  if (refusals > absences && lastRefusal) return giveUp(run, submission, 'its key no longer allows to ask', lastRefusal, deps);
  const data = { attempt: submission.attempt, lookups: absences };
  return recordFact(deps.trades, run.of, { type: 'RecordAbsence', data }, run.lease);
};

/** Settles an unknown order by the venue alone: found, proven absent, or unverifiable. It sends nothing but look-ups. */
export const settleTrade = async (run: TradeRun, deps: TradeDeps): Promise<LoadedTrade> => {
  const { of, exchange, lease } = run;
  const { trades, pause, log } = deps;
  if (of.trade.status !== 'unknown') return of;
  const submission = of.trade.attempt;
  const { attempt } = submission;
  for (let evidence = noEvidence(of.trade); ;) {
    const venueNow = exchange.clock.now();
    const pausedMs = exchange.pausedUntil() === 0 ? 0 : exchange.pausedUntil() - deps.clock.now();
    if (venueNow === undefined || pausedMs > 0) {
      await pause(Math.max(venueClockPauseMs, pausedMs));
      continue;
    }
    const next = nextLookup(evidence, venueNow);
    if (next.type === 'enough') return conclude(run, submission, evidence, deps);
    if (next.type === 'wait') {
      await pause(next.untilMs - venueNow);
      continue;
    }
    const answer = await lookUp(run, submission, venueNow, deps);
    if (answer.outcome === 'found') {
      const order = openUntilWhole(of.trade, await withFeePrices(run, answer.order));
      return recordFact(trades, of, { type: 'RecordOrder', data: { attempt, order, foundBy: 'lookup' } }, lease);
    }
    log.debug(
      { tradeId: of.tradeId, attempt, answer: answer.outcome, counts: next.counts },
      'looked up an order whose outcome is unknown',
    );
    evidence = withAnswer(evidence, answer, venueNow, next.counts);
    if (isSilent(evidence.silentSince, venueNow))
      return giveUp(run, submission, 'the exchange has told nothing of it for a day', answer, deps);
  }
};
