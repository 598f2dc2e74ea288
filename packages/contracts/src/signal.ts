import { z } from 'zod';
import { decimalString, instant } from './vocabulary.js';

/** The market that an alert names, whichever way it was written (`BTCUSDT`, `BTCUSDT.P`, `BINANCE:BTCUSDT`). */
const signalMarket = z.strictObject({
  ticker: z.string().min(1).max(40).describe('as the alert wrote it'),
  symbol: z
    .string()
    .regex(/^[A-Z0-9]{2,20}$/)
    .describe('base and quote joined, e.g. BTCUSDT'),
});

/** What to do; later issues widen the list, consumers must refuse what they do not know. `exit` closes what a following owns, whichever side that is. */
export const signalAction = z.enum(['buy', 'sell', 'exit']);
export type SignalAction = z.infer<typeof signalAction>;

/** One alert in our own terms: what the gateway understood, and all the executor ever sees of it. */
export const signal = z.strictObject({
  market: signalMarket,
  actions: z
    .array(z.strictObject({ action: signalAction, orderType: z.literal('market') }))
    .min(1)
    .max(8),
  quantity: decimalString.optional().describe('base units, for followers whose sizing is "alert"'),
  price: decimalString.optional().describe("the alert's own price: shown, never traded on"),
  orderId: z.string().max(128).optional().describe("the strategy's name of the order; never an idempotency key"),
  firedAt: instant.optional().describe('when the alert says it fired'),
});
export type Signal = z.infer<typeof signal>;
