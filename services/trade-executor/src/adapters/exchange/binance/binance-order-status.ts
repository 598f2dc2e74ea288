import { isPositive, type Decimal } from '@latchkey/kernel';
import { z } from 'zod';
import type { OrderSnapshot } from '../../../domain/trade/commands.js';

type Ending = Pick<OrderSnapshot, 'status' | 'refusal'>;

const ended = (status: 'canceled' | 'rejected', reason: string, message: string): Ending => ({
  status,
  refusal: { reason, message },
});

const statuses = {
  NEW: { status: 'open' },
  PARTIALLY_FILLED: { status: 'open' },
  PENDING_NEW: { status: 'open' },
  PENDING_CANCEL: { status: 'open' },
  FILLED: { status: 'filled' },
  CANCELED: ended('canceled', 'venue.order_canceled', 'The order was canceled at the exchange.'),
  REJECTED: ended(
    'rejected',
    'venue.order_refused',
    'The exchange took the order in and its engine then refused it (REJECTED). Nothing was ordered.',
  ),
  EXPIRED: ended(
    'canceled',
    'venue.order_expired',
    'The exchange ended the order before it was filled whole (EXPIRED): the order book had too little to fill it with.',
  ),
  EXPIRED_IN_MATCH: ended(
    'canceled',
    'venue.order_expired',
    'The exchange ended the order before it was filled whole (EXPIRED_IN_MATCH): it would have traded with another order of the same account.',
  ),
} as const satisfies Readonly<Record<string, Ending>>;

/** Binance's own word for where an order stands; one that is not listed makes the answer unreadable, so nothing is concluded from it. */
export const binanceOrderStatus = z.enum(Object.keys(statuses) as [keyof typeof statuses]);

/** Where the order stands, and why it ended. What was executed of a refused order outweighs the refusal. */
export const endingOf = (status: z.output<typeof binanceOrderStatus>, filled: Decimal): Ending => {
  const ending: Ending = statuses[status];
  return ending.status === 'rejected' && isPositive(filled) ? { ...ending, status: 'canceled' } : ending;
};

/** Where the order says it: an attempt that a restored database had lost is known by it. */
export const binanceSide = z.enum(['BUY', 'SELL']).optional();

export const sideOf = (side: z.output<typeof binanceSide>): Pick<OrderSnapshot, 'side'> =>
  side === undefined ? {} : { side: side === 'BUY' ? 'buy' : 'sell' };
