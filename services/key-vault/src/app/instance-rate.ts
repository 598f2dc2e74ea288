import type { SignPurpose } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';

/** So many strings at once, refilled so many a second. */
export type Rate = { readonly burst: number; readonly perSecond: number };

/** What no user's own trading comes near: the venues take 30 orders a second from one account. */
export const defaultCredentialRate: Rate = { burst: 300, perSecond: 30 };
/** Ten thousand followers with an order each, five look-ups for every order. */
export const defaultInstanceRate: Rate = { burst: 60_000, perSecond: 2_000 };

/**
 * What this process signs over all credentials. It bounds what a runaway or stolen executor can have signed, so it need not be shared: with n
 * vaults the bound is n times as high. Closing and canceling take part in it and are never refused by it; their own buckets bound them.
 */
export const createInstanceRate = (
  { burst, perSecond }: Rate,
  clock: Clock,
): { readonly allows: (purpose: SignPurpose) => boolean } => {
  let tokens = burst;
  let filledAt = clock.now();
  return {
    allows: (purpose) => {
      const now = clock.now();
      tokens = Math.min(burst, tokens + (Math.max(0, now - filledAt) / 1_000) * perSecond);
      filledAt = now;
      const isThere = tokens >= 1;
      if (isThere) tokens -= 1;
      return isThere || purpose === 'close' || purpose === 'cancel';
    },
  };
};

export type InstanceRate = ReturnType<typeof createInstanceRate>;
