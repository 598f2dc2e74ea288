import type { TradeStatus } from '@latchkey/contracts';
import {
  add,
  compare,
  decimal,
  divide,
  greater,
  isPositive,
  multiply,
  sum,
  toFixedPlaces,
  zero,
  type Decimal,
} from '@latchkey/kernel';
import type { Fee, Fill, Submission } from './events.js';
import type { EndedLeg, Trade } from './state.js';

type Known = Exclude<Trade, { readonly status: 'none' }>;

/** One order of a trade, as far as it got. */
export type Leg = {
  /** Absent before the first attempt. */
  readonly attempt?: Submission;
  readonly attempts: number;
  readonly status: TradeStatus;
  readonly orderId?: string;
  readonly ordered?: Decimal;
  /** Base units that were executed. */
  readonly filled: Decimal;
  readonly averagePrice?: Decimal;
  readonly fills: readonly Fill[];
  /** The venue's own total, where its executions are not all known. */
  readonly fees?: readonly Fee[];
};

// Averages are shown, never traded on; more digits than any venue's tick are noise.
const averagePlaces = 12;

const amountOf = (fills: readonly Fill[]): Decimal => sum(fills.map(({ amount }) => amount));

const averageOf = (fills: readonly Fill[]): Decimal | undefined => {
  const amount = amountOf(fills);
  if (!isPositive(amount)) return undefined;
  const value = fills.reduce((total, fill) => add(total, multiply(fill.amount, fill.price)), zero);
  return decimal(toFixedPlaces(divide(value, amount), averagePlaces));
};

type Closed = {
  readonly fills: readonly Fill[];
  readonly venueFilled: Decimal;
  readonly venueAveragePrice?: Decimal;
  readonly venueFees?: readonly Fee[];
};

/** By the fills we know, or by the venue's own total where fills got lost on the way. */
const executed = ({ fills, venueFilled, venueAveragePrice, venueFees }: Closed) => {
  const known = amountOf(fills);
  const average = known !== venueFilled && venueAveragePrice !== undefined ? venueAveragePrice : averageOf(fills);
  return {
    filled: greater(known, venueFilled),
    ...(average !== undefined && { averagePrice: average }),
    ...(venueFees !== undefined && compare(known, venueFilled) < 0 && { fees: venueFees }),
    fills,
  };
};

const endedLeg = (ended: EndedLeg): Leg => ({
  attempt: ended.attempt,
  attempts: ended.attempts,
  // A refused order that has fills all the same was executed in part: facts come late.
  status: ended.outcome === 'rejected' && ended.fills.length > 0 ? 'canceled' : ended.outcome,
  ...(ended.orderId !== undefined && { orderId: ended.orderId }),
  ...(ended.ordered !== undefined && { ordered: ended.ordered }),
  ...executed(ended),
});

const statusOfLeg = (trade: Known): TradeStatus => {
  if (trade.status === 'closed') return trade.outcome;
  if (trade.status === 'accepted') return trade.fills.length > 0 ? 'partially_filled' : 'accepted';
  return trade.status === 'completed' ? 'filled' : trade.status;
};

const currentLeg = (trade: Known): Leg => {
  const { attempt, attempts } = trade;
  const fills = 'fills' in trade ? trade.fills : [];
  const average = averageOf(fills);
  return {
    ...(attempt && { attempt }),
    attempts,
    status: statusOfLeg(trade),
    ...('orderId' in trade && trade.orderId !== undefined && { orderId: trade.orderId }),
    ...('ordered' in trade && trade.ordered !== undefined && { ordered: trade.ordered }),
    ...(trade.status === 'closed'
      ? executed(trade)
      : { filled: amountOf(fills), ...(average !== undefined && { averagePrice: average }), fills }),
  };
};

/** The orders of a trade, oldest first: one, but for exits that had to go on. */
export const legsOf = (trade: Trade): readonly Leg[] => {
  if (trade.status === 'none') return [];
  const { earlier, attempt } = trade;
  // Between two orders, and after the last, all of them are among the ended.
  const allEnded = attempt !== undefined && earlier.some((leg) => leg.attempt.leg === attempt.leg);
  return [...earlier.map(endedLeg), ...(allEnded ? [] : [currentLeg(trade)])];
};
