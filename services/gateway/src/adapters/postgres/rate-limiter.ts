import type { Clock } from '@latchkey/kernel';
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';

/** `keys`: API key routes, which cost signatures and requests at exchanges. `api`: everything else. */
export type LimitScope = 'keys' | 'api';
export type Limit = { readonly perUser: number; readonly perAddress: number };
export type RateLimiter = {
  readonly consume: (
    scope: LimitScope,
    address: string,
    userId?: string,
  ) => Promise<{ readonly allowed: boolean; readonly retryAfterSeconds: number }>;
  /** Deletes windows that are over. */
  readonly sweep: () => Promise<void>;
};

const windowMs = 60_000;

/**
 * Requests per minute. Many users may share an address (an office, a mobile network), so it gets more.
 *
 * @param scale 1 is the standard
 */
export const limitsOf = (scale: number): Readonly<Record<LimitScope, Limit>> => ({
  keys: { perUser: 60 * scale, perAddress: 1_200 * scale },
  api: { perUser: 600 * scale, perAddress: 6_000 * scale },
});

const statement = `
  insert into rate_limits as one (key, window_start, count)
  select key, $2, 1 from unnest($1::text[]) as key order by key
  on conflict (key, window_start) do update set count = one.count + 1
  returning key, count`;

// Addresses are personal, and this table is no place to look them up.
const keyOf = (...parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/**
 * A fixed window in Postgres, one statement per request, so that all replicas count together. Whoever has spent a window is refused from
 * memory until it is over: one caller's flood must not queue for one row, and with it for the connections of everybody.
 */
export const createRateLimiter = (pool: Pool, clock: Clock, limits: Readonly<Record<LimitScope, Limit>>): RateLimiter => {
  let window = 0;
  const spent = new Set<string>();

  const isSpent = (windowStart: number, keys: readonly string[]): boolean => {
    if (windowStart !== window) spent.clear();
    window = windowStart;
    return keys.some((key) => spent.has(key));
  };

  return {
    consume: async (scope, address, userId) => {
      const now = clock.now();
      const windowStart = now - (now % windowMs);
      const retryAfterSeconds = Math.max(1, Math.ceil((windowStart + windowMs - now) / 1_000));
      const { perUser, perAddress } = limits[scope];
      const allowedByKey = new Map([[keyOf(scope, 'address', address), perAddress]]);
      if (userId !== undefined) allowedByKey.set(keyOf(scope, 'user', userId), perUser);
      const keys = [...allowedByKey.keys()];
      if (isSpent(windowStart, keys)) return { allowed: false, retryAfterSeconds };
      const { rows } = await pool.query<{ key: string; count: number }>({
        name: 'rate-limit',
        text: statement,
        values: [keys, windowStart],
      });
      const over = rows.filter(({ key, count }) => count > (allowedByKey.get(key) ?? 0));
      if (window === windowStart) for (const { key } of over) spent.add(key);
      return { allowed: over.length === 0, retryAfterSeconds };
    },
    sweep: async () => {
      await pool.query('delete from rate_limits where window_start < $1', [clock.now() - 2 * windowMs]);
    },
  };
};
