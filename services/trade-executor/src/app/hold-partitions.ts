import { partitionCount, partitionToken } from '@latchkey/contracts';
import type { HeldLease } from '@latchkey/event-store';
import { messageOf } from '@latchkey/kernel';
import { passing } from '@latchkey/tracing';
import type { PartitionLeases } from './ports/partition-leases.js';
import type { HeldPartitions, Log } from './ports/work.js';

const nameOf = (partition: number): string => `partition-${partitionToken(partition)}`;
const all: ReadonlyMap<string, number> = new Map(
  Array.from({ length: partitionCount }, (_, partition) => [nameOf(partition), partition]),
);

/** All shares together are all partitions: were everybody allowed the larger share, the last to come would get none. */
const shareOf = (count: number, before: number): number =>
  Math.floor(partitionCount / count) + (before < partitionCount % count ? 1 : 0);

export type PartitionsOptions = {
  readonly leases: PartitionLeases;
  readonly log: Log;
  /** True while a partition has work under way: such a one is given away when that has ended, or has taken too long. */
  readonly isBusy: (partition: number) => boolean;
  readonly onTaken: () => void;
  /** False while this process cannot work, whatever it holds: others that can take over. It always can unless given. */
  readonly isFit?: () => boolean;
  readonly everyMs?: number;
  /** How long work under way may keep a partition that is to be given away; 15,000, longer than a venue takes to answer. */
  readonly patienceMs?: number;
};

/** A partition on which nothing new is begun here any more, and the tick with which it goes even if it is busy. */
type Leaving = { readonly lease: HeldLease; readonly until: number };

/**
 * Which of the 64 partitions of users this executor works on. Each is a lease; they are shared evenly among the executors that are alive and
 * fit, and move on 5 s after one stopped renewing. One that is not fit gives its own away, unless nobody else is: then its trades are as well
 * off with it.
 */
export const holdPartitions = ({
  leases,
  log,
  isBusy,
  onTaken,
  isFit = () => true,
  everyMs = 1_000,
  patienceMs = 15_000,
}: PartitionsOptions) => {
  const leaving = new Map<number, Leaving>();
  let held = new Map<number, HeldLease>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let ticks = 0;
  let ticking: Promise<void> = Promise.resolve();

  const byPartition = (some: readonly HeldLease[]) => new Map(some.map((lease) => [all.get(lease.name) ?? -1, lease]));

  const renew = async (): Promise<void> => {
    const mine = [...held.values(), ...[...leaving.values()].map(({ lease }) => lease)];
    if (mine.length === 0) return;
    const renewed = byPartition(await leases.renew(mine));
    passing('lease-renewed');
    if (renewed.size < mine.length) log.warn({ lost: mine.length - renewed.size }, 'another executor took partitions over');
    held = new Map([...held].filter(([partition]) => renewed.has(partition)));
    for (const partition of leaving.keys()) if (!renewed.has(partition)) leaving.delete(partition);
  };

  /** Idle ones first. What is under way ends in peace; nothing new is begun from here on. */
  const leave = (surplus: number, waitMs: number): void => {
    const until = ticks + Math.ceil(waitMs / everyMs);
    const idleFirst = [...held].toSorted(([one], [other]) => Number(isBusy(one)) - Number(isBusy(other)));
    for (const [partition, lease] of idleFirst.slice(0, surplus)) {
      held.delete(partition);
      leaving.set(partition, { lease, until });
    }
  };

  const giveAway = async (): Promise<void> => {
    const left = [...leaving].filter(([partition, { until }]) => until <= ticks || !isBusy(partition));
    if (left.length === 0) return;
    await leases.release(left.map(([, { lease }]) => lease));
    for (const [partition] of left) leaving.delete(partition);
    log.info({ given: left.length, held: held.size }, 'partitions given away');
  };

  const take = async (missing: number): Promise<void> => {
    const names = [...all].filter(([, partition]) => !held.has(partition) && !leaving.has(partition)).map(([name]) => name);
    const taken = byPartition(await leases.claim(names, missing));
    if (taken.size === 0) return;
    held = new Map([...held, ...taken]);
    log.info({ taken: taken.size, held: held.size }, 'partitions taken');
    onTaken();
  };

  const tick = async (): Promise<void> => {
    ticks += 1;
    try {
      await renew();
      const fit = isFit();
      const { count, before } = await leases.countExecutors(fit);
      const share = fit ? shareOf(count, before) : count > 0 ? 0 : partitionCount;
      // Work of one that is not fit gets nowhere: it waits for nothing.
      if (held.size > share) leave(held.size - share, fit ? patienceMs : 0);
      else if (held.size < share) await take(share - held.size);
      await giveAway();
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'partitions could not be renewed; it is tried again');
    }
    if (!stopped) timer = setTimeout(next, everyMs);
  };
  const next = (): void => {
    ticking = tick();
  };

  const current: HeldPartitions = () => held;
  return {
    held: current,
    start: next,
    /** Gives everything back, so that the others need not wait for the leases to run out. */
    stop: async (): Promise<void> => {
      stopped = true;
      clearTimeout(timer);
      await ticking;
      clearTimeout(timer);
      const given = [...held.values(), ...[...leaving.values()].map(({ lease }) => lease)];
      held = new Map();
      leaving.clear();
      try {
        await leases.release(given);
        await leases.leave();
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'partitions could not be given back; they run out by themselves');
      }
    },
  };
};
