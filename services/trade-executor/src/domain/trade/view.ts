import type { TradeView } from '@latchkey/contracts';
import type { Decimal } from '@latchkey/kernel';
import { averagePrice, filledAmount, statusOf } from './figures.js';
import type { Trade } from './state.js';

type OrderView = TradeView['orders'][number];

/** The figures of a trade that lists and details show; what follows from the request alone stands in the row from the start. */
export type TradeFigures = Pick<TradeView, 'status' | 'orders' | 'amount' | 'filled' | 'averagePrice' | 'reason' | 'message'> & {
  readonly submitted: boolean;
};

const orderedAmount = (trade: Trade): Decimal | undefined => {
  if (trade.status === 'none' || !trade.attempt) return undefined;
  const placed = 'ordered' in trade ? trade.ordered : undefined;
  // An order in quote units whose venue first only acknowledged it: once it is filled, what was filled was ordered.
  const whole = trade.status === 'closed' && trade.outcome === 'filled' ? filledAmount(trade) : undefined;
  return placed ?? trade.attempt.amount ?? whole;
};

const refusalOf = (trade: Exclude<Trade, { status: 'none' }> | undefined): Partial<Pick<TradeView, 'reason' | 'message'>> => {
  if (!trade || !('reason' in trade)) return {};
  const { reason, message } = trade;
  return { ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) };
};

/** @param clientOrderId of the first leg, known before there is an attempt */
export const figuresOf = (trade: Trade, leg: string, clientOrderId: string): TradeFigures => {
  const known = trade.status === 'none' ? undefined : trade;
  const status = statusOf(trade);
  const filled = filledAmount(trade);
  const average = averagePrice(trade);
  const amount = orderedAmount(trade);
  const order: OrderView = {
    leg,
    clientOrderId,
    attempts: known?.attempts ?? 0,
    status,
    filled,
    ...(known && 'orderId' in known && known.orderId !== undefined && { orderId: known.orderId }),
    ...(amount !== undefined && { amount }),
    ...(known?.attempt?.quoteAmount !== undefined && { quoteAmount: known.attempt.quoteAmount }),
    ...(average !== undefined && { averagePrice: average }),
  };
  return {
    status,
    orders: [order],
    amount: amount ?? null,
    filled,
    submitted: (known?.attempts ?? 0) > 0,
    ...(average !== undefined && { averagePrice: average }),
    ...refusalOf(known),
  };
};
