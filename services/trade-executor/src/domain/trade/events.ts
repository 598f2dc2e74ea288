import type { EventData, EventOf } from '@latchkey/contracts';

/** Everything that can happen to one trade, from the request to its end; the shapes stand in `contracts`. */
export type TradeEvent = EventOf<
  | 'TradeRequested'
  | 'TradeDenied'
  | 'TradeExpired'
  | 'ResendWithdrawn'
  | 'ExitCompleted'
  | 'ExitDeferred'
  | 'OrderSubmitted'
  | 'OrderNotSent'
  | 'OrderTurnedAway'
  | 'OrderAccepted'
  | 'OrderRejected'
  | 'OrderOutcomeUnknown'
  | 'OrderAbsenceProven'
  | 'OrderFilled'
  | 'OrderClosed'
  | 'OrderUnverifiable'
>;

export type TradeRequest = EventData<'TradeRequested'>;
export type Submission = EventData<'OrderSubmitted'>;

/** One execution as a venue reports it. `fillId` is unique per symbol and venue, so it tells a repeat from a new one. */
export type Fill = Omit<EventData<'OrderFilled'>, 'tradeId' | 'userId' | 'leg'>;

/** Why something was refused: a stable code and a sentence that says what to do. */
export type Refusal = { readonly reason: string; readonly message: string };

const types: ReadonlySet<string> = new Set<TradeEvent['type']>([
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
]);

export const isTradeEvent = (event: { readonly type: string }): event is TradeEvent => types.has(event.type);
