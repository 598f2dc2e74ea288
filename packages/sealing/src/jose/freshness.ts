import { SealingError } from '../errors.js';
import { malformed } from './compact.js';

// Clocks of one deployment agree to well within this; more would let somebody post-date a message to lengthen its life.
const maxSkewMs = 5_000;

/** JOSE counts in seconds; a fraction is allowed and keeps our milliseconds. */
export const toNumericDate = (ms: number): number => Math.floor(ms) / 1_000;

/** Milliseconds of a NumericDate that is neither older than `maxAgeMs` nor dated in the future. */
export const freshMs = (issued: unknown, nowMs: number, maxAgeMs: number): number => {
  if (typeof issued !== 'number' || !Number.isFinite(issued)) throw malformed('it does not say when it was made');
  const issuedMs = Math.round(issued * 1_000);
  if (issuedMs < nowMs - maxAgeMs)
    throw new SealingError('sealing.stale', `it is older than ${maxAgeMs} ms; make a new one`, { maxAgeMs });
  if (issuedMs > nowMs + maxSkewMs) {
    throw new SealingError('sealing.stale', 'it is dated in the future; compare the clocks of both machines', { maxSkewMs });
  }
  return issuedMs;
};
