import { partitionCount, partitionToken } from '@latchkey/contracts';
import { claimLeases, releaseLeases, renewLeases, type HeldLease } from '@latchkey/event-store';
import { messageOf } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { HeldPartitions, Log } from '../../app/ports/work.js';

const nameOf = (partition: number): string => `partition-${partitionToken(partition)}`;
const all: ReadonlyMap<string, number> = new Map(
  Array.from({ length: partitionCount }, (_, partition) => [nameOf(partition), partition]),
);

export type PartitionsOptions = {
  readonly pool: Pool;
  /** Unique per process. */
  readonly holder: string;
  readonly log: Log;
  /** True while a partition has work under way: such a one is not given away to a new executor. */
  readonly isBusy: (partition: number) => boolean;
  readonly onTaken: () => void;
  readonly ttlMs?: number;
  readonly everyMs?: number;
};

/**
 * Which of the 64 partitions of users this executor works on. Each is a lease row; they are shared evenly among the executors that are alive,
 * and move on 5 s after one stopped renewing.
 */
export const createPartitions = ({ pool, holder, log, isBusy, onTaken, ttlMs = 5_000, everyMs = 1_000 }: PartitionsOptions) => {
  let held = new Map<number, HeldLease>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let ticking: Promise<void> = Promise.resolve();

  const byPartition = (leases: readonly HeldLease[]) => new Map(leases.map((lease) => [all.get(lease.name) ?? -1, lease]));

  const countExecutors = async (): Promise<number> => {
    const alive = await pool.query<{ count: number }>(
      `with me as (
         insert into executors (holder, expires_at) values ($1, clock_timestamp() + $2 * interval '1 ms')
         on conflict (holder) do update set expires_at = excluded.expires_at
       )
       select count(*)::int as count from executors where expires_at > clock_timestamp() and holder <> $1`,
      [holder, ttlMs],
    );
    return (alive.rows[0]?.count ?? 0) + 1;
  };

  const renew = async (): Promise<void> => {
    if (held.size === 0) return;
    const renewed = byPartition(await renewLeases(pool, { leases: [...held.values()], holder, ttlMs }));
    if (renewed.size < held.size) log.warn({ lost: held.size - renewed.size }, 'another executor took partitions over');
    held = renewed;
  };

  const giveAway = async (surplus: number): Promise<void> => {
    const idle = [...held].filter(([partition]) => !isBusy(partition)).slice(0, surplus);
    // Forgotten before they are free: nothing new is begun in between.
    for (const [partition] of idle) held.delete(partition);
    await releaseLeases(
      pool,
      idle.map(([, lease]) => lease),
    );
  };

  const take = async (missing: number): Promise<void> => {
    const names = [...all].filter(([, partition]) => !held.has(partition)).map(([name]) => name);
    const taken = byPartition(await claimLeases(pool, { names, limit: missing, holder, ttlMs }));
    if (taken.size === 0) return;
    held = new Map([...held, ...taken]);
    log.info({ taken: taken.size, held: held.size }, 'partitions taken');
    onTaken();
  };

  const tick = async (): Promise<void> => {
    try {
      await renew();
      const share = Math.ceil(partitionCount / (await countExecutors()));
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
      const leases = [...held.values()];
      held = new Map();
      try {
        await releaseLeases(pool, leases);
        await pool.query("delete from executors where holder = $1 or expires_at < clock_timestamp() - interval '1 day'", [
          holder,
        ]);
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'partitions could not be given back; they run out by themselves');
      }
    },
  };
};
