import {
  afterLook,
  followEnd,
  followPauseMs,
  notFollowedYet,
  type FollowEnd,
  type FollowState,
} from '../domain/settlement/follow-policy.js';
import type { LookupFailure } from '../domain/settlement/outcome.js';
import type { OrderSnapshot } from '../domain/trade/commands.js';
import { withFeePrices } from './fee-prices.js';
import { asOpen, lacksFills } from './known-fills.js';
import type { LoadedTrade } from './ports/trades.js';
import { recordFact } from './record-fact.js';
import { lookUp } from './settle-trade.js';
import { createWaiting, recordable } from './stream-facts.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const sentences: Readonly<Record<FollowEnd, string>> = {
  refused: 'The exchange took the order in, and its key no longer allows to ask what became of it:',
  lost: 'The exchange took the order in, and has not listed it for an hour:',
  silent: 'The exchange took the order in, and has not told for a day what became of it:',
};

/** It was taken, and its end cannot be learnt: neither filled nor canceled would be true. */
const giveUp = async (
  { of, lease }: TradeRun,
  { trades }: TradeDeps,
  attempt: number,
  end: FollowEnd,
  last: LookupFailure,
): Promise<LoadedTrade> => {
  const message = `${sentences[end]} ${last.message} Look at the exchange whether the order stands.`.slice(0, 500);
  const data = { attempt, reason: last.reason, message };
  return recordFact(trades, of, { type: 'RecordUnverifiable', data }, lease);
};

/** Follows an order that the venue holds until it is closed: fills are recorded as they are seen, by look-ups and by private streams. */
export const followOrder = async (run: TradeRun, deps: TradeDeps): Promise<LoadedTrade> => {
  const waiting = createWaiting(run, deps.streams, deps.pause);
  try {
    return await follow(run, deps, waiting);
  } finally {
    waiting.end();
  }
};

/** Of an order that has ended, for the fills that its venue still owes us: after about a minute its own total stands. */
const mostLooksForFills = 10;

const pauseMs = (state: FollowState, looksForFills: number): number =>
  followPauseMs(looksForFills > 0 && state.last === 'found' ? { ...state, rounds: looksForFills } : state);

const follow = async (run: TradeRun, deps: TradeDeps, waiting: ReturnType<typeof createWaiting>): Promise<LoadedTrade> => {
  const { exchange, lease } = run;
  const { trades } = deps;
  let { of } = run;
  let state: FollowState = notFollowedYet;
  let looksForFills = 0;
  while (of.trade.status === 'accepted') {
    const { attempt } = of.trade;
    const record = async (order: OrderSnapshot): Promise<void> => {
      const data = { attempt: attempt.attempt, order: await withFeePrices(run, order), foundBy: 'lookup' } as const;
      of = await recordFact(trades, of, { type: 'RecordOrder', data }, lease);
    };
    const fact = await waiting.wait(pauseMs(state, looksForFills), state.rounds);
    if (fact) {
      const { order, look } = recordable(of.trade, fact);
      await record(order);
      if (!look) continue;
    }
    const venueNow = exchange.clock.now();
    if (venueNow === undefined || exchange.pausedUntil() > 0) {
      state = { ...state, rounds: state.rounds + 1 };
      continue;
    }
    const answer = await lookUp({ ...run, of }, attempt, venueNow, deps);
    state = afterLook(state, answer.outcome, venueNow, attempt);
    if (answer.outcome === 'found') {
      const isLacking = lacksFills(of.trade, answer.order);
      if (isLacking) looksForFills += 1;
      await record(isLacking && looksForFills < mostLooksForFills ? asOpen(answer.order) : answer.order);
      continue;
    }
    const end = followEnd(state, venueNow);
    if (end) return giveUp({ ...run, of }, deps, attempt.attempt, end, answer);
  }
  return of;
};
