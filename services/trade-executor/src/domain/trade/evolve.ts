import { zero } from '@latchkey/kernel';
import type { Fill, Refusal, Submission, TradeEvent } from './events.js';
import type { EndedLeg, Trade, TradeIn } from './state.js';

type Known = Exclude<Trade, { readonly status: 'none' }>;

const counted = ({ request, earlier, withdrawnBy, attempts, sends, absences }: Known) => ({
  request,
  earlier,
  ...(withdrawnBy !== undefined && { withdrawnBy }),
  attempts,
  sends,
  absences,
});
const attempted = (trade: Known, attempt: Submission) => ({ ...counted(trade), attempt });
const refusal = ({ reason, message }: Refusal): Refusal => ({ reason, message });

const fillOf = ({ orderId, fillId, amount, price, fee, feeAsset, feePrice, at }: Fill): Fill => ({
  orderId,
  fillId,
  amount,
  price,
  at,
  ...(fee !== undefined && { fee }),
  ...(feeAsset !== undefined && { feeAsset }),
  ...(feePrice !== undefined && { feePrice }),
});

const knownFills = (trade: Known): readonly Fill[] => ('fills' in trade ? trade.fills : []);

/** A fill proves that the order stands, whatever was believed before. */
const filled = (trade: Known, attempt: Submission, fill: Fill): Trade => {
  if (trade.status === 'accepted' || trade.status === 'closed') {
    // A restored database gets back events that were found out and recorded again meanwhile.
    const known = trade.fills.some(({ fillId }) => fillId === fill.fillId);
    return known ? trade : { ...trade, fills: [...trade.fills, fillOf(fill)] };
  }
  return {
    ...attempted(trade, attempt),
    status: 'accepted',
    orderId: fill.orderId,
    ...('ordered' in trade && trade.ordered !== undefined && { ordered: trade.ordered }),
    fills: [...knownFills(trade).filter(({ fillId }) => fillId !== fill.fillId), fillOf(fill)],
  };
};

const closed = (
  trade: TradeIn<'accepted' | 'closed'>,
  data: Extract<TradeEvent, { type: 'OrderClosed' }>['data'],
): TradeIn<'closed'> => ({
  ...attempted(trade, trade.attempt),
  status: 'closed',
  orderId: trade.orderId,
  ...(trade.ordered !== undefined && { ordered: trade.ordered }),
  fills: trade.fills,
  outcome: data.status,
  venueFilled: data.filled,
  ...(data.averagePrice !== undefined && { venueAveragePrice: data.averagePrice }),
  ...(data.fees !== undefined && { venueFees: data.fees }),
  ...(data.reason !== undefined && { reason: data.reason }),
  ...(data.message !== undefined && { message: data.message }),
});

/** What was seen of the order stays; one that is known to have ended (a restored database can get back older news) is no riddle any more. */
const unverifiable = (trade: Known, attempt: Submission, why: Refusal): Trade =>
  trade.status === 'closed'
    ? trade
    : {
        ...attempted(trade, attempt),
        ...why,
        status: 'unverifiable',
        ...(trade.status === 'accepted' && { orderId: trade.orderId }),
        ...(trade.status === 'accepted' && trade.ordered !== undefined && { ordered: trade.ordered }),
        fills: knownFills(trade),
      };

const waitAgain = (trade: Known, attempt: Submission, waiting: 'not_sent' | 'turned_away' | 'absent', last?: Refusal): Trade => ({
  ...attempted(trade, attempt),
  // Bytes that never left are no send: they cannot exhaust the venue's share of attempts.
  sends: waiting === 'not_sent' ? trade.sends - 1 : trade.sends,
  absences: waiting === 'absent' ? trade.absences + 1 : trade.absences,
  status: 'requested',
  waiting,
  ...(last && { last }),
});

/** Ended while others were unknown, or before all was closed that was to be: what is left is closed by another order. */
const goesOn = (trade: TradeIn<'closed' | 'rejected'>): boolean =>
  trade.request.action === 'exit' &&
  (trade.attempt.covers !== undefined || (trade.status === 'closed' && trade.outcome === 'canceled'));

/** An exit is not over with an order that closed less than there was, or may have been. */
const untilAllIsKnown = (trade: TradeIn<'closed' | 'rejected'>): Trade => {
  const { attempt, attempts, earlier } = trade;
  if (!goesOn(trade) || earlier.some((leg) => leg.attempt.leg === attempt.leg)) return trade;
  const ended: EndedLeg =
    trade.status === 'rejected'
      ? { attempt, attempts, outcome: 'rejected', venueFilled: zero, fills: [], reason: trade.reason, message: trade.message }
      : {
          attempt,
          attempts,
          outcome: trade.outcome,
          orderId: trade.orderId,
          ...(trade.ordered !== undefined && { ordered: trade.ordered }),
          venueFilled: trade.venueFilled,
          ...(trade.venueAveragePrice !== undefined && { venueAveragePrice: trade.venueAveragePrice }),
          ...(trade.venueFees !== undefined && { venueFees: trade.venueFees }),
          fills: trade.fills,
          ...(trade.reason !== undefined && { reason: trade.reason }),
          ...(trade.message !== undefined && { message: trade.message }),
        };
  return { ...attempted(trade, attempt), earlier: [...earlier, ended], status: 'requested', waiting: 'rest' };
};

/** A fill of a leg that has ended; what is in work stays as it is. */
const filledEarlier = (trade: Known, leg: string, fill: Fill): Trade => ({
  ...trade,
  earlier: trade.earlier.map((one) =>
    one.attempt.leg !== leg || one.fills.some(({ fillId }) => fillId === fill.fillId)
      ? one
      : { ...one, fills: [...one.fills, fillOf(fill)] },
  ),
});

/** Copies facts into the state. It refuses nothing: what is on the record happened. */
export const evolve = (trade: Trade, event: TradeEvent): Trade => {
  if (event.type === 'TradeRequested')
    return { status: 'requested', request: event.data, earlier: [], attempts: 0, sends: 0, absences: 0, waiting: 'first' };
  if (trade.status === 'none') return trade;
  if (event.type === 'OrderSubmitted') {
    const sameLeg = trade.attempt === undefined || trade.attempt.leg === event.data.leg;
    return {
      ...counted(trade),
      attempts: event.data.attempt,
      sends: sameLeg ? trade.sends + 1 : 1,
      absences: sameLeg ? trade.absences : 0,
      status: 'submitted',
      attempt: event.data,
    };
  }
  if (event.type === 'ResendWithdrawn') return { ...trade, withdrawnBy: event.data.by };
  const attempt = trade.attempt;
  if (event.type === 'ExitDeferred') return trade.status === 'requested' ? { ...trade, deferred: true } : trade;
  if (event.type === 'ExitCompleted')
    return { ...counted(trade), ...(attempt && { attempt }), ...refusal(event.data), status: 'completed' };
  if (event.type === 'TradeDenied')
    return { ...counted(trade), ...(attempt && { attempt }), ...refusal(event.data), status: 'denied' };
  if (event.type === 'TradeExpired')
    return { ...counted(trade), ...(attempt && { attempt }), ...refusal(event.data), status: 'expired' };
  return attempt ? evolveAttempt(trade, attempt, event) : trade;
};

type AttemptEvent = Exclude<
  TradeEvent,
  {
    type:
      | 'TradeRequested'
      | 'TradeDenied'
      | 'TradeExpired'
      | 'ResendWithdrawn'
      | 'ExitCompleted'
      | 'ExitDeferred'
      | 'OrderSubmitted';
  }
>;

const evolveAttempt = (trade: Known, attempt: Submission, event: AttemptEvent): Trade => {
  switch (event.type) {
    case 'OrderNotSent':
      return waitAgain(trade, attempt, 'not_sent', refusal(event.data));
    case 'OrderTurnedAway':
      return waitAgain(trade, attempt, 'turned_away', refusal(event.data));
    case 'OrderAbsenceProven':
      return waitAgain(trade, attempt, 'absent');
    case 'OrderOutcomeUnknown':
      return {
        ...attempted(trade, attempt),
        status: 'unknown',
        cause: event.data.cause,
        venueSaidUnknown: event.data.venueSaidUnknown,
      };
    case 'OrderRejected':
      return untilAllIsKnown({ ...attempted(trade, attempt), ...refusal(event.data), status: 'rejected' });
    case 'OrderUnverifiable':
      return unverifiable(trade, attempt, refusal(event.data));
    case 'OrderAccepted': {
      const { orderId, amount, side } = event.data;
      return {
        ...attempted(trade, side === undefined ? attempt : { ...attempt, side }),
        status: 'accepted',
        orderId,
        ...(amount !== undefined && { ordered: amount }),
        fills: knownFills(trade),
      };
    }
    case 'OrderFilled':
      return trade.earlier.some((leg) => leg.attempt.leg === event.data.leg)
        ? filledEarlier(trade, event.data.leg, event.data)
        : filled(trade, attempt, event.data);
    case 'OrderClosed':
      return trade.status === 'accepted' || trade.status === 'closed' ? untilAllIsKnown(closed(trade, event.data)) : trade;
    default:
      return trade;
  }
};
