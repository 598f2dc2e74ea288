import type { Append, Tx } from '@latchkey/event-store';
import type { LoadedTrade } from '../../app/ports/trades.js';
import { barOnOpening, withOpening } from '../../domain/risk/bar-on-opening.js';
import type { Opening } from '../../domain/risk/limit-on-opening.js';
import type { TradeCommand } from '../../domain/trade/commands.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import type { TradeEvent } from '../../domain/trade/events.js';
import { readBars } from './bars.js';

/** A command, and what was decided on it before its transaction. */
export type Decided = {
  readonly append: Append<TradeEvent>;
  readonly command: TradeCommand;
  readonly before: LoadedTrade;
};

const openingOf = ({ append, command, before }: Decided): Opening | undefined => {
  if (command.type !== 'Submit' || command.data.purpose !== 'open' || before.trade.status === 'none') return undefined;
  if (!append.events.some(({ type }) => type === 'OrderSubmitted')) return undefined;
  const { timestamp, quoteAsset, value } = command.data;
  return { ...before.trade.request, at: timestamp, quoteAsset, value };
};

export const isOpening = (decided: Decided): boolean => openingOf(decided) !== undefined;

/** Openings that a halt or a limit stands against, as they are in this transaction, are decided again with that in view; one after the other. */
export const barOpenings = async <Of extends Decided>(tx: Tx, all: readonly Of[]): Promise<readonly Of[]> => {
  const openings = all.flatMap((one) => openingOf(one) ?? []);
  if (openings.length === 0) return all;
  const bars = await readBars(tx, openings);
  const standings = new Map(bars.standings);
  return all.map((one) => {
    const { command, before, append } = one;
    const opening = openingOf(one);
    if (!opening || command.type !== 'Submit') return one;
    const barred = barOnOpening(opening, { ...bars, standings });
    if (!barred) {
      const standing = standings.get(opening.userId);
      if (standing) standings.set(opening.userId, withOpening(standing, opening));
      return one;
    }
    const events = tradeDecider.decide({ ...command, data: { ...command.data, barred } }, before.trade);
    return { ...one, append: { ...append, events } };
  });
};
