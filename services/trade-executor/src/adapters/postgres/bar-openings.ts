import type { Append, Tx } from '@latchkey/event-store';
import type { LoadedTrade } from '../../app/ports/trades.js';
import { barOnOpening } from '../../domain/risk/bar-on-opening.js';
import type { TradeCommand } from '../../domain/trade/commands.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import type { TradeEvent, TradeRequest } from '../../domain/trade/events.js';
import { readBars } from './bars.js';

/** A command, and what was decided on it before its transaction. */
export type Decided = {
  readonly append: Append<TradeEvent>;
  readonly command: TradeCommand;
  readonly before: LoadedTrade;
};

const openingOf = ({ append, command, before }: Decided): TradeRequest | undefined => {
  const opens = command.type === 'Submit' && command.data.purpose === 'open';
  const submits = append.events.some(({ type }) => type === 'OrderSubmitted');
  return opens && submits && before.trade.status !== 'none' ? before.trade.request : undefined;
};

export const isOpening = (decided: Decided): boolean => openingOf(decided) !== undefined;

/** Openings that a halt or a list stands against, as they are in this transaction, are decided again with that in view. */
export const barOpenings = async <Of extends Decided>(tx: Tx, all: readonly Of[]): Promise<readonly Of[]> => {
  const openings = all.flatMap((one) => openingOf(one) ?? []);
  if (openings.length === 0) return all;
  const bars = await readBars(tx, openings);
  return all.map((one) => {
    const { command, before, append } = one;
    const opening = openingOf(one);
    const barred = opening && barOnOpening(opening, bars);
    if (!barred || command.type !== 'Submit') return one;
    const events = tradeDecider.decide({ ...command, data: { ...command.data, barred } }, before.trade);
    return { ...one, append: { ...append, events } };
  });
};
