import { assertNever, clientOrderIdOf, compare, isPositive, sum, type Decider } from '@latchkey/kernel';
import type { CommandOf, OrderSnapshot, TradeCommand } from './commands.js';
import { evolve } from './evolve.js';
import type { Fee, Fill, Refusal, Submission, TradeEvent } from './events.js';
import { dueAtMs, maxAttempts, maxSends, supersededByExit, unknownParams, unprovenOf } from './policy.js';
import { isResting, type Trade, type TradeIn } from './state.js';
import { TradeError } from './trade-error.js';

type Known = Exclude<Trade, { readonly status: 'none' }>;
type Tried = Known & { readonly attempt: Submission };

const ids = ({ request: { tradeId, userId } }: Known) => ({ tradeId, userId });
const denied = (trade: Known, refusal: Refusal): TradeEvent => ({
  type: 'TradeDenied',
  v: 1,
  data: { ...ids(trade), ...refusal },
});
const expired = (trade: Known, refusal: Refusal): TradeEvent => ({
  type: 'TradeExpired',
  v: 1,
  data: { ...ids(trade), ...refusal },
});

const ofAttempt = (trade: Tried) => ({ ...ids(trade), leg: trade.attempt.leg, attempt: trade.attempt.attempt });

/** The trade with its newest attempt, which the command must be about: facts about an older attempt are settled already. */
const onAttempt = (trade: Known, attempt: number): Tried | undefined => {
  if (!trade.attempt || attempt > trade.attempts) {
    throw new TradeError(
      'trade.attempt_unknown',
      `attempt ${attempt} was never recorded; append OrderSubmitted before anything is sent`,
      { attempt },
    );
  }
  return attempt === trade.attempts ? { ...trade, attempt: trade.attempt } : undefined;
};

const isOpenAttempt = (trade: Known): trade is TradeIn<'submitted' | 'unknown'> =>
  trade.status === 'submitted' || trade.status === 'unknown';

/** Ends a trade that has no attempt under way. */
const end = (trade: Known, event: TradeEvent): readonly TradeEvent[] => {
  if (trade.status === 'requested') return [event];
  if (isOpenAttempt(trade)) {
    throw new TradeError(
      'trade.attempt_open',
      `attempt ${trade.attempts} has no outcome yet; look the order up before the trade is ended`,
    );
  }
  return [];
};

/** An earlier attempt was not found, at a venue where that proves nothing for good: whatever ends the trade, its order may come. */
export const mayStillAppear = (
  { absences }: { readonly absences: number },
  { absenceIsProof }: { readonly absenceIsProof: boolean },
): boolean => absences > 0 && !absenceIsProof;

/** Why the trade ends instead of being sent (again); undefined: it may go. */
const obstacle = (trade: TradeIn<'requested'>, data: CommandOf<'Submit'>): TradeEvent | undefined => {
  const { now, resendAfterAbsence, purpose, barred, maxAgeMs } = data;
  const ageMs = now - dueAtMs(trade.request);
  const tooOld = ageMs > maxAgeMs;
  const exhausted = trade.waiting !== 'rest' && (trade.sends >= maxSends || trade.attempts >= maxAttempts);
  const withdrawn = trade.withdrawnBy !== undefined;
  if (trade.waiting === 'absent' && !resendAfterAbsence) return expired(trade, unprovenOf(trade.request));
  const isBarred = barred !== undefined && purpose === 'open';
  if ((tooOld || exhausted || isBarred || withdrawn) && mayStillAppear(trade, data))
    return expired(trade, unprovenOf(trade.request));
  if (withdrawn) return denied(trade, supersededByExit);
  if (tooOld) {
    const why = trade.last ? ` Last obstacle: ${trade.last.message}` : '';
    return expired(trade, {
      reason: trade.last?.reason ?? 'signal_too_old',
      message: `The signal was older than ${maxAgeMs / 1_000} s before it could be sent.${why}`.slice(0, 500),
    });
  }
  if (isBarred) return denied(trade, barred);
  if (exhausted) {
    return denied(trade, {
      reason: 'attempts_exhausted',
      message: `The order was not placed after ${trade.attempts} attempts; see its timeline for the answers.`,
    });
  }
  return undefined;
};

const submit = (trade: Known, data: CommandOf<'Submit'>): readonly TradeEvent[] => {
  if (isOpenAttempt(trade))
    throw new TradeError(
      'trade.attempt_open',
      `attempt ${trade.attempts} has no outcome yet; it must be settled before another one`,
    );
  if (trade.status !== 'requested') return []; // it ended meanwhile: the caller sends nothing
  const stop = obstacle(trade, data);
  if (stop) return [stop];
  // A leg that has ended is not sent again: the venue may take its id twice.
  const tried = trade.waiting === 'rest' ? 0 : trade.attempts;
  const again = trade.earlier.some((ended) => ended.attempt.leg === data.leg);
  if (data.attempt !== tried + 1 || again) {
    throw new TradeError(
      'trade.attempt_out_of_order',
      `attempt ${data.attempt} of leg ${data.leg} cannot follow attempt ${tried}${again ? ' of a leg that has ended' : ''}`,
      { attempt: data.attempt },
    );
  }
  const { leg, attempt, timestamp, recvWindow, paramsHash, order, baseAsset, quoteAsset, purpose, value, covers } = data;
  return [
    {
      type: 'OrderSubmitted',
      v: 1,
      data: {
        ...ids(trade),
        leg,
        attempt,
        timestamp,
        recvWindow,
        paramsHash,
        orderType: 'market',
        ...order,
        ...(baseAsset !== undefined && { baseAsset }),
        ...(quoteAsset !== undefined && { quoteAsset }),
        purpose,
        ...(value !== undefined && { value }),
        ...(covers !== undefined && { covers: [...covers] }),
      },
    },
  ];
};

const suspect = (trade: Known, data: CommandOf<'SuspectLostAttempt'>): readonly TradeEvent[] => {
  if (trade.status !== 'requested') return [];
  const { tradeId, symbol } = trade.request;
  if (trade.earlier.some((ended) => ended.attempt.leg === data.leg)) {
    throw new TradeError('trade.attempt_out_of_order', `leg ${data.leg} has ended; what was lost after it is another order`);
  }
  const of = { ...ids(trade), leg: data.leg, attempt: trade.waiting === 'rest' ? 1 : trade.attempts + 1 };
  const clientOrderId = clientOrderIdOf(tradeId, data.leg);
  return [
    {
      type: 'OrderSubmitted',
      v: 1,
      data: { ...of, ...data, clientOrderId, symbol, orderType: 'market', paramsHash: unknownParams },
    },
    { type: 'OrderOutcomeUnknown', v: 1, data: { ...of, cause: 'database_restored', venueSaidUnknown: false } },
  ];
};

/** The leg whose order the venue calls so; none of the earlier ones: it belongs to the leg in work. */
const earlierLeg = ({ earlier }: Known, orderId: string) => earlier.find((leg) => leg.orderId === orderId);

const newFills = (trade: Tried, fills: readonly Fill[]): readonly TradeEvent[] => {
  const known = [...trade.earlier.flatMap((leg) => leg.fills), ...('fills' in trade ? trade.fills : [])];
  const seen = new Set(known.map(({ fillId }) => fillId));
  return fills
    .filter(({ fillId }) => !seen.has(fillId) && seen.add(fillId))
    .map((fill) => {
      const { leg } = (earlierLeg(trade, fill.orderId) ?? trade).attempt;
      return { type: 'OrderFilled', v: 1, data: { ...ids(trade), leg, ...fill } };
    });
};

const accepted = (trade: Tried, { order, foundBy }: CommandOf<'RecordOrder'>): readonly TradeEvent[] => {
  if (trade.status === 'accepted' || trade.status === 'closed') return [];
  const amount = order.amount === undefined ? {} : { amount: order.amount };
  const side = order.side === undefined || order.side === trade.attempt.side ? {} : { side: order.side };
  return [{ type: 'OrderAccepted', v: 1, data: { ...ofAttempt(trade), orderId: order.orderId, foundBy, ...amount, ...side } }];
};

/** The venue's own total of fees counts where its executions are not all known: each of those says its own. */
const feesBeside = (trade: Tried, { fees, fills, filled }: OrderSnapshot): { readonly fees?: Fee[] } => {
  const known = new Map([...('fills' in trade ? trade.fills : []), ...fills].map(({ fillId, amount }) => [fillId, amount]));
  return fees !== undefined && compare(sum([...known.values()]), filled) < 0 ? { fees: [...fees] } : {};
};

const closing = (trade: Tried, order: OrderSnapshot): readonly TradeEvent[] => {
  const { orderId, status, filled, averagePrice, refusal } = order;
  // An order other than the one on record adds its fills; it cannot close what it is not.
  if (status === 'open' || trade.status === 'closed' || isAnother(trade, order)) return [];
  const price = averagePrice === undefined ? {} : { averagePrice };
  const data = { ...ids(trade), leg: trade.attempt.leg, orderId, filled, ...price, ...feesBeside(trade, order) };
  return [{ type: 'OrderClosed', v: 1, data: { ...data, status: status === 'filled' ? 'filled' : 'canceled', ...refusal } }];
};

const isAnother = (trade: Tried, { orderId }: OrderSnapshot): boolean => trade.status === 'accepted' && trade.orderId !== orderId;

const refusedLater: Refusal = {
  reason: 'venue.order_refused',
  message: 'The exchange took the order in and then refused it, without a reason; nothing was ordered.',
};

/** A venue that answers before it has decided can still refuse; what was executed by then stands all the same. */
const rejectedLater = (trade: Tried, order: OrderSnapshot): readonly TradeEvent[] | undefined => {
  const { status, filled, fills, refusal = refusedLater } = order;
  if (status !== 'rejected' || isPositive(filled) || fills.length > 0 || isAnother(trade, order)) return undefined;
  if (trade.status === 'closed' || ('fills' in trade && trade.fills.length > 0)) return undefined;
  if (trade.status === 'rejected') return [];
  return [{ type: 'OrderRejected', v: 1, data: { ...ofAttempt(trade), ...refusal } }];
};

/** Accepted, filled and closed in one append: an answer that says all three is one fact to the stream. */
const recordOrder = (trade: Known, data: CommandOf<'RecordOrder'>): readonly TradeEvent[] => {
  if (!trade.attempt)
    throw new TradeError(
      'trade.fill_before_submit',
      `an order is reported for a trade that is ${trade.status} and was never sent`,
    );
  const tried: Tried = { ...trade, attempt: trade.attempt };
  // A leg that has ended can only gain fills that came late.
  if (earlierLeg(trade, data.order.orderId)) return newFills(tried, data.order.fills);
  const rejection = rejectedLater(tried, data.order);
  if (rejection) return rejection;
  return [...accepted(tried, data), ...newFills(tried, data.order.fills), ...closing(tried, data.order)];
};

/** Facts about the newest attempt while its outcome is open; a late or repeated one changes nothing. */
const whileOpen = (trade: Known, attempt: number, facts: (tried: Tried) => readonly TradeEvent[]): readonly TradeEvent[] => {
  const tried = onAttempt(trade, attempt);
  return tried && isOpenAttempt(trade) ? facts(tried) : [];
};

const notSent = (trade: Known, data: CommandOf<'RecordNotSent'>): readonly TradeEvent[] => {
  // Only while the outcome was not given up on: once unknown, another process may have sent it.
  if (trade.status === 'unknown') return [];
  const { attempt, reason, message } = data;
  const refusal = { reason, message };
  return whileOpen(trade, attempt, (tried) => [
    { type: 'OrderNotSent', v: 1, data: { ...ofAttempt(tried), ...refusal } },
    ...(data.final ? [mayStillAppear(trade, data) ? expired(trade, unprovenOf(trade.request)) : denied(trade, refusal)] : []),
  ]);
};

/** It ends the trade, unless an earlier attempt may still come: then only this one was turned away for good. */
const rejected = (trade: Known, { attempt, absenceIsProof, ...refusal }: CommandOf<'RecordRejected'>): readonly TradeEvent[] =>
  whileOpen(trade, attempt, (tried) => {
    const data = { ...ofAttempt(tried), ...refusal };
    return mayStillAppear(trade, { absenceIsProof })
      ? [{ type: 'OrderTurnedAway', v: 1, data }, expired(trade, unprovenOf(trade.request))]
      : [{ type: 'OrderRejected', v: 1, data }];
  });

const unknown = (trade: Known, { attempt, cause, venueSaidUnknown }: CommandOf<'RecordUnknown'>): readonly TradeEvent[] =>
  trade.status === 'unknown' && (trade.venueSaidUnknown || !venueSaidUnknown)
    ? []
    : whileOpen(trade, attempt, (tried) => [
        { type: 'OrderOutcomeUnknown', v: 1, data: { ...ofAttempt(tried), cause, venueSaidUnknown } },
      ]);

const absent = (trade: Known, { attempt, lookups }: CommandOf<'RecordAbsence'>): readonly TradeEvent[] => {
  if (trade.status === 'submitted' || lookups < 3) {
    throw new TradeError(
      'trade.absence_unproven',
      `attempt ${attempt} was looked up ${lookups} times while ${trade.status}; absence needs three look-ups of an unknown order`,
    );
  }
  return whileOpen(trade, attempt, (tried) => [{ type: 'OrderAbsenceProven', v: 1, data: { ...ofAttempt(tried), lookups } }]);
};

/** Also of an order that the venue took: what became of it can no longer be asked. */
const unverifiable = (trade: Known, { attempt, ...refusal }: CommandOf<'RecordUnverifiable'>): readonly TradeEvent[] => {
  const tried = onAttempt(trade, attempt);
  const isOpen = isOpenAttempt(trade) || trade.status === 'accepted';
  return tried && isOpen ? [{ type: 'OrderUnverifiable', v: 1, data: { ...ofAttempt(tried), ...refusal } }] : [];
};

const withdraw = (trade: Known, data: CommandOf<'WithdrawResend'>): readonly TradeEvent[] => {
  if (trade.status === 'requested')
    return [mayStillAppear(trade, data) ? expired(trade, unprovenOf(trade.request)) : denied(trade, supersededByExit)];
  if (!isOpenAttempt(trade) || trade.withdrawnBy !== undefined) return [];
  return [{ type: 'ResendWithdrawn', v: 1, data: { ...ids(trade), by: data.by } }];
};

const completeExit = (trade: Known, refusal: CommandOf<'CompleteExit'>): readonly TradeEvent[] =>
  trade.status === 'requested' && trade.waiting === 'rest'
    ? [{ type: 'ExitCompleted', v: 1, data: { ...ids(trade), ...refusal } }]
    : [];

const deferExit = (trade: Known, refusal: CommandOf<'DeferExit'>): readonly TradeEvent[] =>
  trade.status === 'requested' && trade.request.action === 'exit' && !isResting(trade)
    ? [{ type: 'ExitDeferred', v: 1, data: { ...ids(trade), ...refusal } }]
    : [];

const decideKnown = (command: Exclude<TradeCommand, { type: 'RequestTrade' }>, trade: Known): readonly TradeEvent[] => {
  switch (command.type) {
    case 'Deny':
      return end(trade, denied(trade, command.data));
    case 'Expire':
      return end(trade, expired(trade, command.data));
    case 'Submit':
      return submit(trade, command.data);
    case 'WithdrawResend':
      return withdraw(trade, command.data);
    case 'CompleteExit':
      return completeExit(trade, command.data);
    case 'DeferExit':
      return deferExit(trade, command.data);
    case 'SuspectLostAttempt':
      return suspect(trade, command.data);
    case 'RecordNotSent':
      return notSent(trade, command.data);
    case 'RecordTurnedAway': {
      const { attempt, ...refusal } = command.data;
      return whileOpen(trade, attempt, (tried) => [{ type: 'OrderTurnedAway', v: 1, data: { ...ofAttempt(tried), ...refusal } }]);
    }
    case 'RecordRejected':
      return rejected(trade, command.data);
    case 'RecordUnknown':
      return unknown(trade, command.data);
    case 'RecordOrder':
      return recordOrder(trade, command.data);
    case 'RecordFills': {
      if (!trade.attempt)
        throw new TradeError(
          'trade.fill_before_submit',
          `fills are reported for a trade that is ${trade.status} and was never sent`,
        );
      return newFills({ ...trade, attempt: trade.attempt }, command.data.fills);
    }
    case 'RecordAbsence':
      return absent(trade, command.data);
    case 'RecordUnverifiable':
      return unverifiable(trade, command.data);
    default:
      return assertNever(command);
  }
};

/** What follows from a command. `[]` means that nothing changes: every command is safe to give twice. */
const decide = (command: TradeCommand, trade: Trade): readonly TradeEvent[] => {
  if (command.type === 'RequestTrade')
    return trade.status === 'none' ? [{ type: 'TradeRequested', v: 2, data: command.data }] : [];
  if (trade.status === 'none') throw new TradeError('trade.not_requested', `${command.type} came before the trade was requested`);
  return decideKnown(command, trade);
};

export const tradeDecider: Decider<Trade, TradeCommand, TradeEvent> = { initial: { status: 'none' }, decide, evolve };
