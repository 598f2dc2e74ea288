import { afterEach, beforeEach, vi } from 'vitest';
import type { Environment } from '@latchkey/contracts';
import type { OrderRequested, Permit, Requested } from '../../ports/permits.js';
import { createRateLimiter, type RateLimiterOptions } from '../rate-limiter.js';
import { memoryRows } from './memory-rows.js';

export const clock = { now: () => Date.now() };
const log = { warn: () => undefined };
/** Empty at the start of each spec. */
export const rows = memoryRows(clock);

/** Time stands still but for what a spec lets pass. */
export const playInFakeTime = (): void => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_790_000_000_000 });
    rows.reset();
  });
  afterEach(() => vi.useRealTimers());
};

export const limiterOf = (over: Partial<RateLimiterOptions> = {}) =>
  createRateLimiter({ rows: rows.rows, clock, log, addresses: ['192.0.2.1'], ...over });
export type Limiter = ReturnType<typeof limiterOf>;

export const order = (over: Partial<OrderRequested<Environment>> = {}): OrderRequested<Environment> => ({
  exchange: 'bybit',
  environment: 'live',
  marketType: 'spot',
  user: 'alice',
  purpose: 'open',
  deadline: clock.now() + 60_000,
  ...over,
});
export const lookup = (over: Partial<Requested> = {}): Requested => ({
  host: 'bybit',
  environment: 'live',
  endpoint: 'order.query',
  urgency: 'lookup',
  user: 'alice',
  deadline: clock.now() + 60_000,
  ...over,
});

/** What is asked is answered when the clock goes on. */
export const whenGiven = async <T>(asked: Promise<T>): Promise<T> => {
  await vi.advanceTimersByTimeAsync(20);
  return asked;
};

/** Uses a permit as a request does: it leaves, and is answered a moment later. */
const use = (permit: Permit, ms = 20): void => {
  permit.left();
  setTimeout(() => {
    permit.answered({ ok: true });
    permit.end();
  }, ms);
};

/** Asks, uses what is given, and notes when. */
export const noting = (limiter: Limiter) => {
  const sent: { readonly user: string; readonly at: number; readonly closing: boolean }[] = [];
  const refused: { readonly user: string; readonly at: number; readonly waitMs: number }[] = [];
  const startedAt = clock.now();
  const ask = (over: Partial<OrderRequested<Environment>> = {}): void => {
    const asked = order(over);
    void limiter.forOrder(asked).then((given) => {
      const at = clock.now() - startedAt;
      if (!given.permit) return refused.push({ user: asked.user, at, waitMs: given.waitMs });
      use(given.permit);
      return sent.push({ user: asked.user, at, closing: asked.purpose === 'close' });
    });
  };
  return { ask, sent, refused };
};
export const users = (count: number): string[] => Array.from({ length: count }, (_, i) => `user-${i}`);
