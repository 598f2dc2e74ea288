import { readdirSync, readFileSync } from 'node:fs';
import { toLatest } from '@latchkey/contracts';
import { entryLeg, replay } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { tradeDecider } from './decide.js';
import type { TradeEvent } from './events.js';
import { ownedChange } from './owned.js';
import { figuresOf } from './view.js';

const folder = new URL('./testing/histories/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

type Recorded = { readonly type: string; readonly v: number; readonly data: unknown };
type History = { readonly events: readonly Recorded[]; readonly end: object };

const read = (name: string): History => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as History;
const eventsOf = ({ events }: History): readonly TradeEvent[] => events.map((event) => toLatest(event)) as readonly TradeEvent[];
const endOf = (events: readonly TradeEvent[]): object => {
  const trade = replay(tradeDecider, events);
  const clientOrderId = trade.status === 'none' ? '' : trade.request.clientOrderId;
  const { submitted: _, ...figures } = figuresOf(trade, entryLeg, clientOrderId);
  return { ...figures, ownedChange: ownedChange(trade) };
};

describe('histories that were recorded on the simulated venues', () => {
  it.each(names)('%s ends as it ended', (name) => {
    const history = read(name);
    expect(endOf(eventsOf(history))).toEqual(history.end);
  });

  it('have among them every event that a trade can have', () => {
    const seen = new Set(names.flatMap((name) => read(name).events.map(({ type }) => type)));
    const all = [
      'TradeRequested',
      'TradeDenied',
      'TradeExpired',
      'ResendWithdrawn',
      'ExitCompleted',
      'ExitDeferred',
      'OrderSubmitted',
      'OrderNotSent',
      'OrderTurnedAway',
      'OrderAccepted',
      'OrderRejected',
      'OrderOutcomeUnknown',
      'OrderAbsenceProven',
      'OrderFilled',
      'OrderClosed',
      'OrderUnverifiable',
    ];
    expect(all.filter((type) => !seen.has(type))).toEqual([]);
  });

  it.each(names)('%s ends the same when its fills come twice, as after a restore', (name) => {
    const history = read(name);
    const events = eventsOf(history);
    expect(endOf([...events, ...events.filter(({ type }) => type === 'OrderFilled')])).toEqual(history.end);
  });
});
