import type { TradeId } from '@latchkey/kernel';
import type { TradeRequest } from '../domain/trade/events.js';
import { exitWaitMs } from '../domain/trade/policy.js';
import { isBefore, unsettledBefore } from './plan-exit.js';
import type { OtherTrade } from './ports/holdings.js';
import { recordFact } from './record-fact.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const askAgainMs = 50;
const mayBeSentAgain: ReadonlySet<OtherTrade['status']> = new Set(['requested', 'submitted', 'unknown']);

const opens = { long: 'buy', short: 'sell' } as const;

/** What an exit is the end of: all that waits, or where it closes one side only, what opens that side or may. */
const isMadeVain = ({ action }: OtherTrade, { positionSide }: Pick<TradeRequest, 'positionSide'>): boolean => {
  if (action === 'exit') return false;
  if (positionSide === undefined || action === 'add' || action === 'reverse') return true;
  return action === opens[positionSide];
};

/**
 * What an exit does before it is sent: entries of its following that were not sent are ended, the right to send the others again is taken away,
 * and orders whose outcome is not known yet get a moment to become known. Each of it is an event of that trade, so that it outlives the process.
 */
export const makeWay = async (run: TradeRun, { trades, exchanges, holdings, clock, pause }: TradeDeps): Promise<void> => {
  const { request, lease } = run;
  const until = clock.now() + exitWaitMs;
  const withdrawn = new Set<TradeId>();

  const withdraw = async ({ tradeId, status }: OtherTrade): Promise<void> => {
    const { absenceIsProof = false } = exchanges(request) ?? {};
    await recordFact(
      trades,
      await trades.load(tradeId),
      { type: 'WithdrawResend', data: { by: request.tradeId, absenceIsProof } },
      lease,
    );
    if (status !== 'requested') withdrawn.add(tradeId);
  };

  for (;;) {
    const holding = await holdings.of(request);
    const entries = holding.others.filter((other) => isMadeVain(other, request) && isBefore(other, request));
    const open = entries.filter(({ status, tradeId }) => mayBeSentAgain.has(status) && !withdrawn.has(tradeId));
    await Promise.all(open.map(withdraw));
    // What had not been sent when it was read may have been sent by then.
    if (open.some(({ status }) => status === 'requested')) continue;
    // One that ended unproven may appear within a day: nobody waits for that.
    const pending = unsettledBefore(request, holding).filter(({ unproven }) => !unproven);
    const waitMs = until - clock.now();
    if (pending.length === 0 || waitMs <= 0) return;
    await pause(Math.min(askAgainMs, waitMs));
  }
};
