import type { Clock } from '@latchkey/kernel';
import type { Log } from '../ports/work.js';
import { createRateLimiter, type RateLimiter } from './rate-limiter.js';

const noRows = { exchange: async () => new Map(), blocked: async () => new Map() };

/** For a process that shares nothing: venues are left alone when they ask for that, so much goes at once, and nothing else is kept. */
export const pausesOnly = (options: {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly addresses: readonly string[];
}): RateLimiter => createRateLimiter({ ...options, rows: noRows, keep: false });
