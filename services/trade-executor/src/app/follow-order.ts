import type { LoadedTrade } from './ports/trades.js';
import { lookUp } from './settle-trade.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** Follows an order that the venue holds until it is closed: fills are recorded as they are seen. */
export const followOrder = async (run: TradeRun, deps: TradeDeps): Promise<LoadedTrade> => {
  const { exchange, lease } = run;
  const { trades, pause, limit } = deps;
  let { of } = run;
  for (let round = 0; of.trade.status === 'accepted'; round += 1) {
    await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(round, 10)));
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
