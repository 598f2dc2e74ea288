import type { Bucket } from '../../domain/rate-limits/bucket.js';
import { orderWindow, weightWindow, type HostLimits } from '../../domain/rate-limits/host-limits.js';
import { isWorthKnowing, leftNow, untilTomorrow, windowNamed, type ToldCount } from '../../domain/rate-limits/told-counts.js';
import { dayMs } from '../../domain/rate-limits/host-limits.js';
import type { RateBudget } from '../../telemetry/rate-budget.js';

type Told = ToldCount & { readonly at: number };
type Remaining = { readonly left: number; readonly at: number };

/** Bybit tells what is left of a rolling second. */
const rollingMs = 1_000;

/** What the venue's answers told of an address and its accounts: it knows of requests that are not ours. */
export const createLaneFigures = (limits: () => HostLimits) => {
  const ofWindow = new Map<string, Told>();
  const ofAccounts = new Map<string, Told>();
  const remaining = new Map<string, Remaining>();

  const left = (told: Told | undefined, windows: readonly { limit: number; windowMs: number }[], bucket: Bucket, now: number) => {
    const window = told && windows.find(({ windowMs }) => windowMs === told.windowMs);
    return told && window && leftNow(told, window, bucket, told.venueAt + (now - told.at));
  };

  return {
    /**
     * Keeps what an answer told.
     *
     * @returns how long the account has to stop, when its day is used up
     */
    told: (
      { usedWeight, usedOrders, remaining: rest }: RateBudget,
      venueNow: number,
      now: number,
      account: string | undefined,
      accountWindow: string | undefined,
    ): number | undefined => {
      for (const [name, used] of Object.entries(usedWeight)) {
        const windowMs = windowNamed(name);
        const window = limits().address[weightWindow];
        if (windowMs !== undefined && windowMs === window?.windowMs && isWorthKnowing(used, window))
          ofWindow.set(weightWindow, { used, windowMs, venueAt: venueNow, at: now });
      }
      if (account === undefined) return undefined;
      const [window] = limits().account[accountWindow ?? ''] ?? [];
      if (rest !== undefined && window && isWorthKnowing(window.limit - rest, window))
        remaining.set(account, { left: rest, at: now });
      if (accountWindow !== orderWindow) return undefined;
      let wait: number | undefined;
      for (const [name, used] of Object.entries(usedOrders)) {
        const windowMs = windowNamed(name);
        if (windowMs === dayMs) wait = untilTomorrow(used, limits().ordersPerDay ?? Number.POSITIVE_INFINITY, venueNow);
        const counted = limits().account[orderWindow]?.find((one) => one.windowMs === windowMs);
        if (windowMs !== undefined && counted && isWorthKnowing(used, counted))
          ofAccounts.set(account, { used, windowMs, venueAt: venueNow, at: now });
      }
      return wait;
    },
    /** The most that the venue's count leaves of an address's window now; undefined: it says nothing. */
    ofAddress: (window: string, bucket: Bucket, now: number): number | undefined => {
      const limit = limits().address[window];
      return limit && left(ofWindow.get(window), [limit], bucket, now);
    },
    ofAccount: (account: string, window: string, bucket: Bucket, now: number): number | undefined => {
      const rest = remaining.get(account);
      if (rest && now - rest.at < rollingMs) return rest.left;
      return left(ofAccounts.get(account), limits().account[window] ?? [], bucket, now);
    },
    /** Drops what says nothing any more. */
    forget: (now: number): void => {
      for (const [key, { at, windowMs }] of ofAccounts) if (now - at > windowMs) ofAccounts.delete(key);
      for (const [key, { at }] of remaining) if (now - at > rollingMs) remaining.delete(key);
    },
  };
};
