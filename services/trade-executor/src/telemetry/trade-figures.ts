import { meter } from '@latchkey/tracing';
import type { Clock } from '@latchkey/kernel';
import type { Trades } from '../app/ports/trades.js';
import type { TradeEvent } from '../domain/trade/events.js';
import { venueAttributes } from './trade-spans.js';

/** What became of an order or of the wish for one, as a closed list; other events are steps on the way. */
const outcomes: Readonly<Partial<Record<TradeEvent['type'], string>>> = {
  TradeDenied: 'denied',
  TradeExpired: 'expired',
  OrderAccepted: 'accepted',
  OrderRejected: 'rejected',
  OrderNotSent: 'not_sent',
  OrderTurnedAway: 'turned_away',
  OrderOutcomeUnknown: 'unknown',
  OrderAbsenceProven: 'absent',
  OrderUnverifiable: 'unverifiable',
};

/** Counts what is recorded about trades, once it is recorded. */
export const countedTrades = (trades: Trades, clock: Clock): Trades => {
  const orders = meter().createCounter('latchkey.orders', { description: 'What became of orders', unit: '{order}' });
  const delay = meter().createHistogram('latchkey.signal.order.duration', {
    description: 'Time from the receipt of a signal until its order was recorded as standing at the venue',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] },
  });
  return {
    ...trades,
    apply: async (of, command, lease) => {
      const applied = await trades.apply(of, command, lease);
      if (of.trade.status === 'none') return applied;
      const venue = venueAttributes(of.trade.request);
      for (const { type } of applied.events) {
        const outcome = outcomes[type];
        if (outcome !== undefined) orders.add(1, { ...venue, 'latchkey.outcome': outcome });
        if (type === 'OrderAccepted') delay.record((clock.now() - Date.parse(of.trade.request.receivedAt)) / 1_000, venue);
      }
      return applied;
    },
  };
};
