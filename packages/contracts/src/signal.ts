import { z } from 'zod';
import { decimalString, instant, leverage } from './vocabulary.js';

/** The market that an alert names, whichever way it was written (`BTCUSDT`, `BTCUSDT.P`, `BINANCE:BTCUSDT`). */
const signalMarket = z.strictObject({
  ticker: z.string().min(1).max(40).describe('as the alert wrote it'),
  symbol: z
    .string()
    .regex(/^[A-Z0-9]{2,20}$/)
    .describe('base and quote joined, e.g. BTCUSDT'),
});

/**
 * What to do. `exit` closes what a following owns, whichever side that is; `reduce` closes a part of it; `add` makes it larger; `reverse` opens the
 * other side of what the exit before it in the same signal closed. Consumers must refuse what they do not know.
 */
export const signalAction = z.enum(['buy', 'sell', 'exit', 'reduce', 'add', 'reverse']);
export type SignalAction = z.infer<typeof signalAction>;

/** Which side of a market a position is on. */
export const heldSide = z.enum(['long', 'short']);
export type HeldSide = z.infer<typeof heldSide>;

/** Where a strategy's position is, in TradingView's words. */
export const marketPosition = z.enum(['long', 'short', 'flat']);
export type MarketPosition = z.infer<typeof marketPosition>;

/** The alert before left the strategy at one position on a market, and this one found it at another: an alert in between did not come. */
export const missedAlert = z
  .strictObject({ left: marketPosition, found: marketPosition })
  .describe('the position that the alert before left and the one that this one found: an alert in between did not come');
export type MissedAlert = z.infer<typeof missedAlert>;

/** What an alert's quantity counts. */
export const quantityUnit = z.enum(['base', 'quote', 'position_percent', 'equity_percent', 'free_percent']);
export type QuantityUnit = z.infer<typeof quantityUnit>;

/** The longest that an alert may ask to wait, in seconds. */
export const maxDelaySeconds = 300;

const signalStep = z.strictObject({
  action: signalAction,
  orderType: z.literal('market'),
  positionSide: heldSide
    .optional()
    .describe(
      'of what opens: the position that it is for; of what closes: the only side that it closes. Absent: whichever it is',
    ),
  implied: z
    .literal(true)
    .optional()
    .describe('an exit that the next action needs where a follower holds the other side; left out for whoever cannot'),
  quantity: decimalString.optional().describe("this action's own; absent: the signal's"),
  unit: quantityUnit.optional().describe('of the quantity; absent: base units'),
  percent: decimalString
    .optional()
    .describe('of what is owned, for followers with a size of their own: the share of its position that the strategy closed'),
  delaySeconds: z.int().min(1).max(maxDelaySeconds).optional().describe('not to be sent before so long after the receipt'),
});
export type SignalStep = z.infer<typeof signalStep>;

/** One alert in our own terms: what the gateway understood, and all the executor ever sees of it. */
export const signal = z.strictObject({
  market: signalMarket,
  actions: z.array(signalStep).min(1).max(16).describe('in this order'),
  quantity: decimalString.optional().describe('base units, for followers whose sizing is "alert"'),
  leverage: leverage.optional().describe('for followers on linear markets that have none of their own'),
  price: decimalString.optional().describe("the alert's own price: shown, never traded on"),
  orderId: z.string().max(128).optional().describe("the strategy's name of the order; never an idempotency key"),
  firedAt: instant.optional().describe('when the alert says it fired'),
  marketPosition: marketPosition.optional().describe("the strategy's position after the order, as the alert tells it"),
  prevMarketPosition: marketPosition.optional().describe("the strategy's position before the order, as the alert tells it"),
  missed: missedAlert.optional(),
});
export type Signal = z.infer<typeof signal>;
