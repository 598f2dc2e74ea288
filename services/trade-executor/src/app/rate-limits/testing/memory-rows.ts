import type { Clock } from '@latchkey/kernel';
import { takeFrom, type Level } from '../../../domain/rate-limits/bucket.js';
import type { RateRows } from '../rate-rows.js';

/** The limiter's rows without a database: several limiters may share them, as executors do. */
export const memoryRows = (clock: Clock) => {
  const levels = new Map<string, Level>();
  const blocked = new Map<string, number>();
  let statements = 0;
  let away = false;
  let held: Promise<void> = Promise.resolve();
  const there = async (): Promise<void> => {
    await held;
    if (away) throw new TypeError('the database is away');
    statements += 1;
  };
  const rows: RateRows = {
    exchange: async (asked) => {
      await there();
      const now = clock.now();
      return new Map(
        asked.map(({ key, burst, perMs, want, back, told, blockMs = 0 }) => {
          const until = Math.max(blocked.get(key) ?? 0, now + blockMs);
          blocked.set(key, until);
          const { level, granted } = takeFrom(
            { burst, perMs },
            levels.get(key) ?? { tokens: burst, at: now },
            { want: until > now ? 0 : Math.min(want, burst), back, ...(told !== undefined && { told }) },
            now,
          );
          levels.set(key, level);
          return [key, { granted, tokens: level.tokens, blockedMs: until - now }];
        }),
      );
    },
    blocked: async (keys) => {
      await there();
      return new Map(
        keys.flatMap((key) => ((blocked.get(key) ?? 0) > clock.now() ? [[key, blocked.get(key)! - clock.now()]] : [])),
      );
    },
  };
  return {
    rows,
    statements: () => statements,
    reset: (): void => {
      levels.clear();
      blocked.clear();
      [statements, away, held] = [0, false, Promise.resolve()];
    },
    /** Nothing is answered until the returned function is called. */
    hold: (): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    setAway: (value: boolean): void => {
      away = value;
    },
  };
};
