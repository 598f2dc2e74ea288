import { partitionCount, partitionToken } from '@latchkey/contracts';
import type { HeldLease } from '@latchkey/event-store';
import { messageOf } from '@latchkey/kernel';
import type { PartitionLeases } from './ports/partition-leases.js';
import type { HeldPartitions, Log } from './ports/work.js';

const nameOf = (partition: number): string => `partition-${partitionToken(partition)}`;
const all: ReadonlyMap<string, number> = new Map(
  Array.from({ length: partitionCount }, (_, partition) => [nameOf(partition), partition]),
);

export type PartitionsOptions = {
  readonly leases: PartitionLeases;
  readonly log: Log;
  /** True while a partition has work under way: such a one is not given away to a new executor. */
  readonly isBusy: (partition: number) => boolean;
  readonly onTaken: () => void;
  readonly everyMs?: number;
};

/**
 * Which of the 64 partitions of users this executor works on. Each is a lease; they are shared evenly among the executors that are alive, and
 * move on 5 s after one stopped renewing.
 */
export const holdPartitions = ({ leases, log, isBusy, onTaken, everyMs = 1_000 }: PartitionsOptions) => {
  let held = new Map<number, HeldLease>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let ticking: Promise<void> = Promise.resolve();

  const byPartition = (some: readonly HeldLease[]) => new Map(some.map((lease) => [all.get(lease.name) ?? -1, lease]));

  const renew = async (): Promise<void> => {
    if (held.size === 0) return;
    const renewed = byPartition(await leases.renew([...held.values()]));
    if (renewed.size < held.size) log.warn({ lost: held.size - renewed.size }, 'another executor took partitions over');
    held = renewed;
  };

  const giveAway = async (surplus: number): Promise<void> => {
    const idle = [...held].filter(([partition]) => !isBusy(partition)).slice(0, surplus);
    // Forgotten before they are free: nothing new is begun in between.
    for (const [partition] of idle) held.delete(partition);
    await leases.release(idle.map(([, lease]) => lease));
  };

  const take = async (missing: number): Promise<void> => {
    const names = [...all].filter(([, partition]) => !held.has(partition)).map(([name]) => name);
    const taken = byPartition(await leases.claim(names, missing));
    if (taken.size === 0) return;
    held = new Map([...held, ...taken]);
    log.info({ taken: taken.size, held: held.size }, 'partitions taken');
    onTaken();
  };

  const tick = async (): Promise<void> => {
    try {
      await renew();
      const share = Math.ceil(partitionCount / (await leases.countExecutors()));
      if (held.size > share) await giveAway(held.size - share);
      else if (held.size < share) await take(share - held.size);
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
      const given = [...held.values()];
      held = new Map();
      try {
        await leases.release(given);
        await leases.leave();
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'partitions could not be given back; they run out by themselves');
      }
    },
  };
};
