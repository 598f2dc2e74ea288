import type { LoadedTrade } from './ports/trades.js';
import { lookUp } from './settle-trade.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

/** A market order is filled within milliseconds, and some venues only say that they took it: its result is read at once. */
const firstPausesMs = [0, 100, 300];
const nextPauseMs = 500;
const longestPauseMs = 30_000;

const pauseMsBefore = (round: number): number =>
  firstPausesMs[round] ?? Math.min(longestPauseMs, nextPauseMs * 2 ** Math.min(round - firstPausesMs.length, 10));

/** Follows an order that the venue holds until it is closed: fills are recorded as they are seen. */
export const followOrder = async (run: TradeRun, deps: TradeDeps): Promise<LoadedTrade> => {
  const { exchange, lease } = run;
  const { trades, pause, limit } = deps;
  let { of } = run;
  for (let round = 0; of.trade.status === 'accepted'; round += 1) {
    const pauseMs = pauseMsBefore(round);
    if (pauseMs > 0) await pause(pauseMs);
    const { attempt } = of.trade;
    const venueNow = exchange.clock.now();
    if (venueNow === undefined || exchange.pausedUntil() > 0) continue;
    const answer = await limit(() => lookUp({ ...run, of }, attempt, venueNow, deps));
    if (answer.outcome !== 'found') continue;
    of = (
      await trades.apply(
        of,
        { type: 'RecordOrder', data: { attempt: attempt.attempt, order: answer.order, foundBy: 'lookup' } },
        lease,
      )
    ).after;
  }
  return of;
};
