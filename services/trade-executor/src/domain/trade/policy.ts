import type { Refusal } from './events.js';

/** An entry that is older than this, counted from the alert's receipt, is no longer sent. */
export const maxSignalAgeMs = 60_000;

/** Why a trade ends whose order was not found where that proves nothing for good; such trades are watched. */
export const unproven: Refusal = {
  reason: 'unproven',
  message: 'The order was not found at the exchange, which cannot rule out that it still appears; it is not sent again.',
};

/** How long after its timestamp the venue still takes an attempt; small, because it bounds how long an outcome can stay open. */
export const recvWindowMs = 5_000;

/** Attempts of one trade whose bytes may have left: the venue is never asked more often, whatever it answers. */
export const maxSends = 3;

/** Attempts of one trade altogether; those that provably never left (vault or venue away) count here only. The vault signs no sixth. */
export const maxAttempts = 5;
