/** Whatever waits, and whose it is. */
export type OfUser = { readonly user: string };

/**
 * Waits in the order of arrival per user, and is served one user after the other: somebody with a hundred requests delays the others by one.
 * Users whose turn it is but who are not ready are passed over and keep their place.
 */
export const createFairQueue = <T extends OfUser>() => {
  /** Users in the order of their turns. */
  const users = new Map<string, T[]>();
  let size = 0;

  const toEnd = (user: string, rest: T[]): void => {
    users.delete(user);
    if (rest.length > 0) users.set(user, rest);
  };

  return {
    size: (): number => size,
    push: (item: T): void => {
      const waiting = users.get(item.user);
      if (waiting) waiting.push(item);
      else users.set(item.user, [item]);
      size += 1;
    },
    /** The first of the next user who is ready; undefined: nobody is. */
    next: (ready: (item: T) => boolean): T | undefined => {
      for (const [user, waiting] of users) {
        const [first] = waiting;
        if (!first || !ready(first)) continue;
        waiting.shift();
        size -= 1;
        toEnd(user, waiting);
        return first;
      }
      return undefined;
    },
    /** Puts back what was taken and could not go, in the order in which it was taken; it is first again, for its user and of all. */
    restore: (items: readonly T[]): void => {
      if (items.length === 0) return;
      const others = [...users];
      users.clear();
      for (const item of items) users.set(item.user, [...(users.get(item.user) ?? []), item]);
      for (const [user, waiting] of others) users.set(user, [...(users.get(user) ?? []), ...waiting]);
      size += items.length;
    },
    /** Takes out what is not wanted any more. */
    remove: (unwanted: (item: T) => boolean): void => {
      for (const [user, waiting] of users) {
        const kept = waiting.filter((item) => !unwanted(item));
        size -= waiting.length - kept.length;
        if (kept.length === 0) users.delete(user);
        else if (kept.length < waiting.length) users.set(user, kept);
      }
    },
    /** The first of each user: whoever came first of all is among them. */
    firsts: function* (): Generator<T> {
      for (const [first] of users.values()) if (first !== undefined) yield first;
    },
    /** All of it in the order in which it would be served. */
    inOrder: function* (): Generator<T> {
      for (let round = 0; ; round += 1) {
        let found = false;
        for (const waiting of users.values()) {
          const item = waiting[round];
          if (item === undefined) continue;
          found = true;
          yield item;
        }
        if (!found) return;
      }
    },
  };
};
