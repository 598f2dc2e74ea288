import type { Fill, Refusal, Submission, TradeEvent } from './events.js';
import type { Trade, TradeIn } from './state.js';

type Known = Exclude<Trade, { readonly status: 'none' }>;

const counted = ({ request, attempts, sends, absences }: Known) => ({ request, attempts, sends, absences });
const attempted = (trade: Known, attempt: Submission) => ({ ...counted(trade), attempt });
const refusal = ({ reason, message }: Refusal): Refusal => ({ reason, message });

const fillOf = ({ orderId, fillId, amount, price, fee, feeAsset, at }: Fill): Fill => ({
  orderId,
  fillId,
  amount,
  price,
  at,
  ...(fee !== undefined && { fee }),
  ...(feeAsset !== undefined && { feeAsset }),
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

const closed = (trade: TradeIn<'accepted' | 'closed'>, data: Extract<TradeEvent, { type: 'OrderClosed' }>['data']): Trade => ({
  ...attempted(trade, trade.attempt),
  status: 'closed',
  orderId: trade.orderId,
  ...(trade.ordered !== undefined && { ordered: trade.ordered }),
  fills: trade.fills,
  outcome: data.status,
  venueFilled: data.filled,
  ...(data.averagePrice !== undefined && { venueAveragePrice: data.averagePrice }),
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

/** Copies facts into the state. It refuses nothing: what is on the record happened. */
export const evolve = (trade: Trade, event: TradeEvent): Trade => {
  if (event.type === 'TradeRequested')
    return { status: 'requested', request: event.data, attempts: 0, sends: 0, absences: 0, waiting: 'first' };
  if (trade.status === 'none') return trade;
  if (event.type === 'OrderSubmitted') {
    return {
      ...counted(trade),
      attempts: event.data.attempt,
      sends: trade.sends + 1,
      status: 'submitted',
      attempt: event.data,
    };
  }
  const attempt = trade.attempt;
  if (event.type === 'TradeDenied')
    return { ...counted(trade), ...(attempt && { attempt }), ...refusal(event.data), status: 'denied' };
  if (event.type === 'TradeExpired')
    return { ...counted(trade), ...(attempt && { attempt }), ...refusal(event.data), status: 'expired' };
  return attempt ? evolveAttempt(trade, attempt, event) : trade;
};

type AttemptEvent = Exclude<TradeEvent, { type: 'TradeRequested' | 'TradeDenied' | 'TradeExpired' | 'OrderSubmitted' }>;

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
      return { ...attempted(trade, attempt), ...refusal(event.data), status: 'rejected' };
    case 'OrderUnverifiable':
      return unverifiable(trade, attempt, refusal(event.data));
    case 'OrderAccepted': {
      const { orderId, amount } = event.data;
      return {
        ...attempted(trade, attempt),
        status: 'accepted',
        orderId,
        ...(amount !== undefined && { ordered: amount }),
        fills: knownFills(trade),
      };
    }
    case 'OrderFilled':
      return filled(trade, attempt, event.data);
    case 'OrderClosed':
      return trade.status === 'accepted' || trade.status === 'closed' ? closed(trade, event.data) : trade;
    default:
      return trade;
  }
};
