import type { Side, TradeView } from '@latchkey/contracts';
import { sum, type Decimal } from '@latchkey/kernel';
import { averagePrice, filledAmount, statusOf } from './figures.js';
import { legsOf, type Leg } from './legs.js';
import type { Trade } from './state.js';

type OrderView = TradeView['orders'][number];

/** The figures of a trade that lists and details show; what follows from the request alone stands in the row from the start. */
export type TradeFigures = Pick<
  TradeView,
  'status' | 'side' | 'orders' | 'amount' | 'filled' | 'averagePrice' | 'reason' | 'message'
> & {
  readonly submitted: boolean;
};

/** An order in quote units whose venue first only acknowledged it: once it is filled, what was filled was ordered. */
const orderedBy = ({ attempt, ordered, status, filled }: Leg): Decimal | undefined =>
  ordered ?? attempt?.amount ?? (attempt && status === 'filled' ? filled : undefined);

const orderOf = (one: Leg, leg: string, clientOrderId: string): OrderView => {
  const { attempt, attempts, status, orderId, filled, averagePrice: average } = one;
  const amount = orderedBy(one);
  return {
    leg: attempt?.leg ?? leg,
    clientOrderId: attempt?.clientOrderId ?? clientOrderId,
    attempts,
    status,
    filled,
    ...(orderId !== undefined && { orderId }),
    ...(amount !== undefined && { amount }),
    ...(attempt?.quoteAmount !== undefined && { quoteAmount: attempt.quoteAmount }),
    ...(average !== undefined && { averagePrice: average }),
  };
};

const refusalOf = (trade: Exclude<Trade, { status: 'none' }> | undefined): Partial<Pick<TradeView, 'reason' | 'message'>> => {
  if (!trade || !('reason' in trade)) return {};
  const { reason, message } = trade;
  return { ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) };
};

const sideOf = (trade: Trade): Side | null => {
  if (trade.status === 'none') return null;
  const { action } = trade.request;
  return trade.attempt?.side ?? (action === 'buy' || action === 'sell' ? action : null);
};

/** What an earlier order of an exit left is in the next one: only what it executed counts beside that. */
const amountOf = (legs: readonly Leg[]): Decimal | null => {
  const [last, ...earlier] = legs.toReversed();
  const newest = last && orderedBy(last);
  if (newest !== undefined) return sum([newest, ...earlier.map(({ filled }) => filled)]);
  return earlier.length > 0 ? sum(earlier.map(({ filled }) => filled)) : null;
};

/** @param clientOrderId of the first leg, known before there is an attempt */
export const figuresOf = (trade: Trade, leg: string, clientOrderId: string): TradeFigures => {
  const known = trade.status === 'none' ? undefined : trade;
  const legs = legsOf(trade);
  const average = averagePrice(trade);
  return {
    status: statusOf(trade),
    side: sideOf(trade),
    orders: legs.map((one) => orderOf(one, leg, clientOrderId)),
    amount: amountOf(legs),
    filled: filledAmount(trade),
    submitted: legs.some(({ attempts }) => attempts > 0),
    ...(average !== undefined && { averagePrice: average }),
    ...refusalOf(known),
  };
};
