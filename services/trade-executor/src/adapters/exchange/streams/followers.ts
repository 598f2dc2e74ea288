import type { OrderFollowing, StreamFact } from '../../../app/ports/order-streams.js';

type Follower = { readonly clientOrderId: string; queue: (StreamFact | 'look')[]; wake: () => void; arrived: Promise<void> };

/** More than an order can have to tell between two looks: whatever it was, one look-up says as much. */
const mostWaiting = 100;

/**
 * Who listens to what, by account. A stream hands in facts and gaps; each order's follower takes its own.
 *
 * @param onFirst called when an account has its first follower, `onLast` when it has lost its last
 */
export const createFollowers = (onFirst: (account: string) => void, onLast: (account: string) => void) => {
  const accounts = new Map<string, Set<Follower>>();

  const rest = (follower: Follower): void => {
    follower.arrived = new Promise((resolve) => (follower.wake = resolve));
  };
  const give = (follower: Follower, what: StreamFact | 'look'): void => {
    if (what === 'look' || follower.queue.length >= mostWaiting) follower.queue = ['look'];
    else follower.queue.push(what);
    follower.wake();
  };

  return {
    size: (): number => accounts.size,
    has: (account: string): boolean => accounts.has(account),
    follow: (account: string, clientOrderId: string): OrderFollowing => {
      const follower: Follower = { clientOrderId, queue: [], wake: () => undefined, arrived: Promise.resolve() };
      rest(follower);
      const known = accounts.get(account);
      accounts.set(account, (known ?? new Set()).add(follower));
      if (!known) onFirst(account);
      return {
        arrived: () => follower.arrived,
        take: () => {
          const next = follower.queue.shift();
          if (follower.queue.length === 0) rest(follower);
          return next;
        },
        close: () => {
          const those = accounts.get(account);
          if (!those?.delete(follower) || those.size > 0) return;
          accounts.delete(account);
          onLast(account);
        },
      };
    },
    tell: (account: string, fact: StreamFact): void => {
      for (const follower of accounts.get(account) ?? []) if (follower.clientOrderId === fact.clientOrderId) give(follower, fact);
    },
    /** Something may have been missed: after a (re)connect, or when a stream ended. */
    look: (account: string): void => {
      for (const follower of accounts.get(account) ?? []) give(follower, 'look');
    },
  };
};
