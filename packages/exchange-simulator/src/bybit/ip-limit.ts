import type { SimClock } from '../core/clock.js';
import type { Stats } from '../core/stats.js';
import type { BybitLimits } from './limits.js';
import { refuse } from './refusal.js';
import { createRollingWindow, type RollingWindow } from './rolling-window.js';

const windowMs = 5_000;

export type IpLimit = {
  /**
   * Counts a request of an address.
   *
   * @throws {BybitRefusal} HTTP 403 above the limit, and until the ban that follows has passed
   */
  readonly charge: (ip: string) => void;
};

export const createIpLimit = (
  clock: Pick<SimClock, 'now'>,
  { requestsPer5Seconds, banMs }: Pick<BybitLimits, 'requestsPer5Seconds' | 'banMs'>,
  stats: Stats,
): IpLimit => {
  const windows = new Map<string, RollingWindow>();
  const bannedUntilMs = new Map<string, number>();
  const windowOf = (ip: string): RollingWindow => {
    const window = windows.get(ip) ?? createRollingWindow(clock, windowMs);
    windows.set(ip, window);
    return window;
  };
  const ban = (ip: string): void => {
    bannedUntilMs.set(ip, clock.now() + banMs);
    stats.count('rateLimitViolations');
  };
  return {
    charge: (ip) => {
      if (clock.now() < (bannedUntilMs.get(ip) ?? 0)) {
        stats.count('requestsBeforeRetryAfter');
        throw refuse.tooFrequent();
      }
      const window = windowOf(ip);
      if (window.used() >= requestsPer5Seconds) {
        ban(ip);
        throw refuse.tooFrequent();
      }
      window.add();
    },
  };
};
