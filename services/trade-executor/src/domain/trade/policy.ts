import type { Refusal, TradeRequest } from './events.js';
import { closes } from './intent.js';

/** How old a signal may be when its order is sent, counted from the alert's receipt. */
export type AgePolicy = {
  /** Of what opens. */
  readonly maxSignalAgeMs: number;
  /** Of what closes, which is let through where the former would have ended it. */
  readonly maxExitAgeMs: number;
};

export const defaultAges: AgePolicy = { maxSignalAgeMs: 60_000, maxExitAgeMs: 600_000 };

/** From when a trade's age counts, in milliseconds: the receipt of its alert, or when the alert lets it be sent. */
export const dueAtMs = ({ receivedAt, notBefore }: Pick<TradeRequest, 'receivedAt' | 'notBefore'>): number =>
  Date.parse(notBefore ?? receivedAt);

/** How long an exit waits for orders of its following whose outcome is not known yet, before it is sent without that knowledge. */
export const exitWaitMs = 5_000;

/** Orders that one exit may place: the first, and what is left to close once the orders it did not wait for are known. */
export const maxExitLegs = 5;

/** Why an entry ends that an exit of its following came after. */
export const supersededByExit: Refusal = {
  reason: 'superseded_by_exit',
  message: 'An exit of the same strategy and symbol came before the order could be sent; it is not sent any more.',
};

/** Reason of a trade that ended without proof that its order is not at the venue; such trades are watched. */
const unproven = 'unproven';

/** Why a trade ends whose order was not found where that proves nothing for good. */
export const unprovenOf = (request: Pick<TradeRequest, 'action'>): Refusal => ({
  reason: unproven,
  message: closes(request)
    ? 'The closing order was not found at the exchange, which cannot rule out that it still appears; it is not sent again. Your position may still be open: look at the exchange, or send another exit.'
    : 'The order was not found at the exchange, which cannot rule out that it still appears; it is not sent again.',
});

/** How long after its timestamp the venue still takes an attempt; small, because it bounds how long an outcome can stay open. */
export const recvWindowMs = 5_000;

/** Attempts of one trade whose bytes may have left: the venue is never asked more often, whatever it answers. */
export const maxSends = 3;

/** Attempts of one trade altogether; those that provably never left (vault or venue away) count here only. The vault signs no sixth. */
export const maxAttempts = 5;

/** The hash of an attempt that a restored database had lost: what it held is not known; a hash of nothing says so. */
export const unknownParams = '0'.repeat(64);
