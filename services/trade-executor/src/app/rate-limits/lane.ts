import { InvariantError, type Clock } from '@latchkey/kernel';
import { bucketOf, grantMs, mostUnderWay, strictest, type Bucket } from '../../domain/rate-limits/bucket.js';
import type { HostLimits } from '../../domain/rate-limits/host-limits.js';
import { createPermitQueue } from '../../domain/rate-limits/permit-queue.js';
import type { Permit } from '../ports/permits.js';
import { createLaneFigures } from './lane-figures.js';
import type { Item, Lane } from './lane-types.js';
import { createPlaces, mostInProcess } from './places.js';
import type { BucketAsked, BucketGiven } from './rate-rows.js';
import { createTellings } from './tellings.js';

/** However quick an answer is expected, rounds are no closer than this. */
export const roundMs = 15;
/** Sums of fractions are a little less than whole. */
const tiny = 1e-6;

export type LaneOptions = {
  /** "binance/live" and the address: what the rows are named after. */
  readonly venue: string;
  readonly address: string;
  readonly limits: () => HostLimits;
  readonly clock: Clock;
  /** How many requests may be on their way out of this process: signed, or about to be, and not sent yet. What waits for the venue does not count. */
  readonly mostLeaving: () => number;
  /** How many executors share the address. */
  readonly sharers: () => number;
  /** Something may go now that could not before. */
  readonly wake: () => void;
  readonly confirm: (lane: Lane) => Promise<void>;
  /** What others were told is known for so long; then it has to be asked again. */
  readonly knownForMs: number;
  readonly observed: (urgency: Item['urgency'], waitedMs: number, refused: boolean) => void;
};

/** Requests of one address to one host of a venue: they share its limits, and its pauses. */
export const createLane = ({
  venue,
  address,
  limits,
  clock,
  mostLeaving,
  sharers,
  wake,
  confirm,
  knownForMs,
  observed,
}: LaneOptions) => {
  const queue = createPermitQueue<Item>();
  const figures = createLaneFigures(limits);
  const tellings = createTellings();
  const { giveBack } = tellings;
  /** Accounts that have nothing left, or are wanted no more for now: until when. */
  const resting = new Map<string, number>();
  const tokens = new Map<string, number>();
  let blockedUntil = 0;
  let knownAt = Number.NEGATIVE_INFINITY;
  let chosen: Item[] = [];
  let sweepAt = 0;
  /** When something could not go because of a limit, or of the database that keeps them. */
  let shortAt = Number.NEGATIVE_INFINITY;

  const rowOf = (window: string): string => `${venue}|${address}|${window}`;
  const accountRow = ({ user, cost }: Item): string | undefined =>
    cost.account === undefined ? undefined : `${venue}|user:${user}|${cost.account}`;
  const isAccount = (key: string): boolean => key.startsWith(`${venue}|user:`);
  const [firstWindow = 'requests'] = Object.keys(limits().address);
  const mainRow = rowOf(firstWindow);

  const bucket = (window: string): Bucket => {
    const found = limits().address[window];
    if (!found) throw new InvariantError(`"${venue}" has no limit "${window}"`);
    return bucketOf(found, 'address');
  };
  const accountBucket = (name: string): Bucket =>
    strictest((limits().account[name] ?? []).map((window) => bucketOf(window, 'account')));

  const places = createPlaces({
    most: () => {
      const most = Math.min(mostInProcess, ...Object.values(limits().address).map(mostUnderWay));
      return Math.max(1, Math.floor(most / Math.max(1, sharers())));
    },
    mostLeaving,
    onFreed: () => {
      if (queue.size() > 0) wake();
    },
  });

  /** A request that is heavier than what a bucket may hold at once takes all of it. */
  const weightOf = (window: string, { cost }: Item): number => Math.min(cost.address[window] ?? 0, bucket(window).burst);
  const weightsOf = (item: Item): readonly (readonly [string, number])[] =>
    Object.keys(item.cost.address).map((window) => [window, weightOf(window, item)]);

  const rest = (account: string, until: number): void => void resting.set(account, Math.max(resting.get(account) ?? 0, until));
  /** Time that was set back says nothing about how old it is. */
  const isKnown = (now: number): boolean => now >= knownAt && now - knownAt <= knownForMs;
  const knows = (readAt: number): void => {
    if (readAt > knownAt || knownAt > clock.now()) knownAt = readAt;
  };
  const isService = ({ urgency }: Item): boolean => urgency === 'service';

  const isReady =
    (now: number, taken: ReadonlyMap<string, number>, free: number) =>
    (item: Item): boolean => {
      const account = accountRow(item);
      if (account !== undefined && (resting.get(account) ?? 0) > now) return false;
      if (isService(item)) return true;
      const own = places.takenBy(item.user) + (taken.get(item.user) ?? 0);
      return free > 0 && own < places.ofUser();
    };

  const refuse = (item: Item, waitMs: number): void => {
    // Since it came no limit has kept anybody waiting here: it waited for a place.
    const busy = waitMs === 0 && shortAt < item.at && blockedUntil <= item.at;
    observed(item.urgency, clock.now() - item.at, true);
    item.answer({ waitMs: Math.round(waitMs), ...(busy && { busy }) });
  };

  /** Who could go now: as many as there are places, and at most what one grant may hold. */
  const choose = (now: number): void => {
    const taken = new Map<string, number>();
    const weight = new Map<string, number>();
    let free = places.free();
    for (;;) {
      const item = queue.next(isReady(now, taken, free));
      if (!item) return;
      if (item.deadline < now) {
        refuse(item, 0);
        continue;
      }
      chosen.push(item);
      if (!isService(item)) {
        free -= 1;
        taken.set(item.user, (taken.get(item.user) ?? 0) + 1);
      }
      for (const [window, one] of weightsOf(item)) {
        const sum = (weight.get(window) ?? 0) + one;
        weight.set(window, sum);
        if (sum >= Math.max(1, bucket(window).perMs * grantMs)) return;
      }
    }
  };

  const asksOf = (now: number): BucketAsked[] => {
    const wants = new Map<string, { bucket: Bucket; want: number; told?: number }>();
    const add = (key: string, of: () => Bucket, want: number, told: () => number | undefined): void => {
      const known = wants.get(key);
      if (known) {
        known.want += want;
        return;
      }
      const most = told();
      wants.set(key, { bucket: of(), want, ...(most !== undefined && { told: most }) });
    };
    const toldOf = (window: string) => () => figures.ofAddress(window, bucket(window), now);
    for (const item of chosen) {
      for (const [window, one] of weightsOf(item)) add(rowOf(window), () => bucket(window), one, toldOf(window));
      const account = accountRow(item);
      const { account: name } = item.cost;
      if (account !== undefined && name !== undefined)
        add(
          account,
          () => accountBucket(name),
          1,
          () => figures.ofAccount(account, name, accountBucket(name), now),
        );
    }
    // Whether the venue wants to be left alone is read each time.
    add(mainRow, () => bucket(firstWindow), 0, toldOf(firstWindow));
    const tells = tellings.take();
    for (const key of [...tells.back.keys(), ...tells.blocks.keys()]) {
      const name = key.slice(key.lastIndexOf('|') + 1);
      add(
        key,
        () => (isAccount(key) ? accountBucket(name) : bucket(name)),
        0,
        () => undefined,
      );
    }
    return [...wants].map(([key, { bucket: of, want, told }]) => {
      const block = tells.blocks.get(key);
      return {
        key,
        burst: of.burst,
        perMs: of.perMs,
        want,
        back: tells.back.get(key) ?? 0,
        ...(told !== undefined && { told }),
        ...(block !== undefined && { blockMs: Math.max(0, block - now) }),
      };
    });
  };

  const permitFor = (item: Item): Permit => {
    let [used, ended] = [false, false];
    const place = isService(item) ? undefined : places.take(item.user);
    const account = accountRow(item);
    return {
      address,
      confirm: async () => {
        if (!isKnown(clock.now())) await confirm(self);
        return blockedUntil <= clock.now();
      },
      mayLeave: () => {
        const now = clock.now();
        return blockedUntil <= now && isKnown(now);
      },
      left: () => {
        used = true;
        place?.left();
      },
      answered: ({ ok, budget, venueNow, limited }) => {
        if (ok && item.cost.givenBack)
          for (const [window, one] of weightsOf(item)) if (window !== 'raw') giveBack(rowOf(window), one);
        if (budget && venueNow !== undefined) {
          const wait = figures.told(budget, venueNow, clock.now(), account, item.cost.account);
          if (wait !== undefined && account !== undefined) block(account, wait);
        }
        const concerned = limited?.whom === 'account' ? account : mainRow;
        if (limited && concerned !== undefined) block(concerned, limited.ms);
      },
      end: () => {
        if (ended) return;
        ended = true;
        if (!used) {
          for (const [window, one] of weightsOf(item)) giveBack(rowOf(window), one);
          if (account !== undefined) giveBack(account, 1);
        }
        place?.end();
      },
    };
  };

  const block = (key: string, ms: number): void => {
    const until = clock.now() + ms;
    if (key === mainRow) blockedUntil = Math.max(blockedUntil, until);
    else rest(key, until);
    tellings.block(key, until);
    sweepAt = 0;
    wake();
  };

  /** @param there what the rows have granted by window, and is not given on yet */
  const grant = (item: Item, there: Map<string, number>, now: number): boolean => {
    const needed = weightsOf(item);
    if (needed.some(([window, one]) => (there.get(window) ?? 0) + tiny < one)) return false;
    for (const [window, one] of needed) there.set(window, (there.get(window) ?? 0) - one);
    observed(item.urgency, now - item.at, false);
    item.answer({ permit: permitFor(item) });
    return true;
  };

  /** Ends what cannot go in time: by what is ahead of it, what comes back meanwhile, and how long the venue wants to be left alone. */
  const sweep = (now: number): void => {
    const quiet = Math.max(0, blockedUntil - now);
    const late = new Map<Item, number>();
    const ofAccount = new Map<string, number>();
    for (const window of Object.keys(limits().address)) {
      const perMs = bucket(window).perMs / Math.max(1, sharers());
      const left = Math.max(0, tokens.get(rowOf(window)) ?? bucket(window).burst);
      for (const { item, ahead } of queue.ahead((one) => weightOf(window, one))) {
        const own = weightOf(window, item);
        const waitMs = quiet + (own === 0 ? 0 : Math.max(0, ahead + own - left) / perMs);
        if (now + waitMs > item.deadline) late.set(item, Math.max(late.get(item) ?? 0, waitMs));
      }
    }
    for (const { item } of queue.ahead(() => 0)) {
      const account = accountRow(item);
      if (account === undefined || item.cost.account === undefined) continue;
      const before = ofAccount.get(account) ?? 0;
      ofAccount.set(account, before + 1);
      const { burst, perMs } = accountBucket(item.cost.account);
      const restMs = Math.max(0, (resting.get(account) ?? now) - now);
      const waitMs = Math.max(quiet, restMs) + Math.max(0, before + 1 - (restMs > 0 ? 1 : burst)) / perMs;
      if (now + waitMs > item.deadline) late.set(item, Math.max(late.get(item) ?? 0, waitMs));
    }
    if (late.size > 0) queue.remove((item) => late.has(item));
    for (const [item, waitMs] of late) refuse(item, waitMs);
    for (const [key, until] of resting) if (until <= now) resting.delete(key);
    figures.forget(now);
  };

  const oldestAt = (): number | undefined => {
    let oldest: number | undefined;
    for (const { at } of queue.firsts()) oldest = Math.min(oldest ?? at, at);
    return oldest;
  };

  const self = {
    venue,
    address,
    mainRow,
    add: (item: Item): void => {
      queue.push(item);
      // What it would take if nothing came back meanwhile shows at once that there is no hurry.
      const hurry = item.deadline - clock.now() < 1_000 * (1 + queue.size() / 5) || blockedUntil > clock.now();
      if (hurry) sweepAt = 0;
    },
    /** Sweeps when it is time, then chooses who goes next; what has to be asked for them, and told to the others. */
    asks: (now: number): readonly BucketAsked[] => {
      if (queue.size() > 0 && now >= sweepAt) {
        sweep(now);
        sweepAt = now + 1_000;
      }
      if (blockedUntil <= now) choose(now);
      if (chosen.length === 0 && !tellings.hasBlocks()) return [];
      return asksOf(now);
    },
    given: (answers: ReadonlyMap<string, BucketGiven>, asked: readonly BucketAsked[], startedAt: number): void => {
      const now = clock.now();
      tellings.arrived();
      for (const { key } of asked) {
        const answer = answers.get(key);
        if (!answer) continue;
        if (!isAccount(key)) tokens.set(key, answer.tokens);
        if (answer.blockedMs === 0) continue;
        if (key === mainRow) blockedUntil = Math.max(blockedUntil, now + answer.blockedMs);
        else rest(key, now + answer.blockedMs);
      }
      knows(startedAt);
      const grantedOf = (key: string): number => answers.get(key)?.granted ?? 0;
      const there = new Map(Object.keys(limits().address).map((window) => [window, grantedOf(rowOf(window))]));
      const ofAccounts = new Map(asked.filter(({ key }) => isAccount(key)).map(({ key }) => [key, grantedOf(key)]));
      const items = chosen;
      chosen = [];
      const kept: Item[] = [];
      let short = false;
      for (const item of items) {
        const account = accountRow(item);
        const own = account === undefined ? 1 : (ofAccounts.get(account) ?? 0);
        if (blockedUntil > now || short || own + tiny < 1) {
          kept.push(item);
          if (own + tiny < 1 && account !== undefined) {
            const left = (answers.get(account)?.tokens ?? 0) + own;
            rest(account, now + Math.max(5, (1 - left) / accountBucket(item.cost.account ?? '').perMs));
          }
          continue;
        }
        if (grant(item, there, now)) {
          if (account !== undefined) ofAccounts.set(account, own - 1);
        } else {
          short = true;
          kept.push(item);
        }
      }
      // What nobody could use goes back with the next exchange: nothing is kept for later.
      for (const [key, left] of ofAccounts) giveBack(key, left);
      for (const [window, left] of there) giveBack(rowOf(window), left);
      if (kept.length > 0) shortAt = now;
      queue.restore(kept);
    },
    /** Nothing was granted: the database is away. */
    failed: (): void => {
      tellings.failed();
      shortAt = clock.now();
      queue.restore(chosen);
      chosen = [];
      sweepAt = 0;
    },
    /** By what others have learnt. */
    learn: (blockedMs: number, readAt: number): void => {
      knows(readAt);
      if (blockedMs > 0) blockedUntil = Math.max(blockedUntil, clock.now() + blockedMs);
    },
    /** When there may be something to do; undefined: nothing waits. */
    dueAt: (now: number): number | undefined => {
      if (tellings.hasBlocks()) return now;
      if (queue.size() === 0) return undefined;
      if (blockedUntil > now) return Math.min(blockedUntil, Math.max(now, sweepAt));
      return now + roundMs;
    },
    blockedUntil: (): number => blockedUntil,
    /** Something has its permit, and may be about to leave. */
    isUnderWay: (): boolean => places.taken() > 0,
    knownAt: (): number => knownAt,
    /** The process stops: whoever waits is told so. */
    close: (): void => {
      const waiting = [...chosen];
      chosen = [];
      queue.remove((item) => waiting.push(item) > 0);
      for (const item of waiting) item.abandon();
    },
    /** For operators: what waits, what is left, and until when the venue wants to be left alone. */
    status: () => ({
      venue,
      address,
      waiting: queue.sizes(),
      oldestAt: oldestAt(),
      underWay: places.taken(),
      left: Object.fromEntries(
        Object.keys(limits().address).map((window) => [window, tokens.get(rowOf(window)) ?? bucket(window).burst]),
      ),
      blockedForMs: Math.max(0, blockedUntil - clock.now()),
    }),
  };
  return self;
};
