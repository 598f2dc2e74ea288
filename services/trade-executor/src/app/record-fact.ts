import { isAppError } from '@latchkey/kernel';
import type { HeldLease } from '@latchkey/event-store';
import type { TradeCommand } from '../domain/trade/commands.js';
import type { LoadedTrade, Trades } from './ports/trades.js';

const mostTries = 5;

/** A fact stays one when somebody else wrote to the trade meanwhile (an exit, a reconciliation): it is decided again on what stands there now. */
export const recordFact = async (
  { load, apply }: Trades,
  of: LoadedTrade,
  command: TradeCommand,
  lease: HeldLease,
): Promise<LoadedTrade> => {
  for (let [current, tries] = [of, 1]; ; tries += 1) {
    try {
      return (await apply(current, command, lease)).after;
    } catch (error) {
      if (!isAppError(error, 'event_store.version_conflict') || tries >= mostTries) throw error;
      current = await load(of.tradeId);
    }
  }
};
