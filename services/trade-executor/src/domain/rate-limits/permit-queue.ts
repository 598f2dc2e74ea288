import { createFairQueue, type OfUser } from './fair-queue.js';

/**
 * What waits for a permit: what closes a position, what everybody needs (a price, the venue's clock), look-ups of orders whose outcome is not
 * known, and everything else (what opens, reads).
 */
export type Urgency = 'closing' | 'service' | 'lookup' | 'opening' | 'read';

/** Of five requests that are not urgent, one is a look-up where both wait; who has nothing waiting lends its share. */
const lookupShare = 0.2;
const perOther = lookupShare / (1 - lookupShare);
const mostCredit = 4;

export type Waiting = OfUser & { readonly urgency: Urgency };

/** Decides who goes next: what closes first, then what everybody needs, then look-ups up to their share, fair among users within each. */
export const createPermitQueue = <T extends Waiting>() => {
  const closing = createFairQueue<T>();
  const service = createFairQueue<T>();
  const lookups = createFairQueue<T>();
  const others = createFairQueue<T>();
  /** What look-ups are owed; at least one: the first is served at once. */
  let credit = 1;

  const queueOf = ({ urgency }: Waiting) => {
    if (urgency === 'closing') return closing;
    if (urgency === 'service') return service;
    return urgency === 'lookup' ? lookups : others;
  };
  const all = [closing, service, lookups, others] as const;

  const shared = (ready: (item: T) => boolean): T | undefined => {
    const owed = credit >= 1;
    const first = (owed ? lookups : others).next(ready);
    if (first) {
      // Nothing is owed for what was lent: credit counts only where both wait.
      if (owed && others.size() > 0) credit -= 1;
      if (!owed && lookups.size() > 0) credit = Math.min(mostCredit, credit + perOther);
      return first;
    }
    return (owed ? others : lookups).next(ready);
  };

  return {
    size: (): number => all.reduce((sum, queue) => sum + queue.size(), 0),
    sizes: (): Readonly<Record<'closing' | 'service' | 'lookup' | 'other', number>> => ({
      closing: closing.size(),
      service: service.size(),
      lookup: lookups.size(),
      other: others.size(),
    }),
    /** Whoever waits, as far as nobody of the same user and urgency came before. */
    firsts: function* (): Generator<T> {
      for (const queue of all) yield* queue.firsts();
    },
    push: (item: T): void => queueOf(item).push(item),
    next: (ready: (item: T) => boolean): T | undefined => closing.next(ready) ?? service.next(ready) ?? shared(ready),
    restore: (items: readonly T[]): void => {
      for (const queue of all) queue.restore(items.filter((item) => queueOf(item) === queue));
    },
    remove: (unwanted: (item: T) => boolean): void => {
      for (const queue of all) queue.remove(unwanted);
    },
    /**
     * Everything that waits, with the weight that is served before it: all that is more urgent, what is ahead of it, and the share that the
     * other side takes meanwhile.
     */
    ahead: function* (weightOf: (item: T) => number): Generator<{ readonly item: T; readonly ahead: number }> {
      const total = (queue: (typeof all)[number]): number => {
        let sum = 0;
        for (const item of queue.inOrder()) sum += weightOf(item);
        return sum;
      };
      const [lookupTotal, otherTotal] = [total(lookups), total(others)];
      let urgent = 0;
      for (const queue of [closing, service]) {
        for (const item of queue.inOrder()) {
          yield { item, ahead: urgent };
          urgent += weightOf(item);
        }
      }
      for (const [queue, rest, share] of [
        [lookups, otherTotal, 1 / perOther],
        [others, lookupTotal, perOther],
      ] as const) {
        let before = 0;
        for (const item of queue.inOrder()) {
          yield { item, ahead: urgent + before + Math.min(rest, before * share) };
          before += weightOf(item);
        }
      }
    },
  };
};
