import { claimLeases, releaseLeases, renewLeases } from '@latchkey/event-store';
import type { Pool } from 'pg';
import type { PartitionLeases } from '../../app/ports/partition-leases.js';

export type PartitionLeasesOptions = {
  readonly pool: Pool;
  /** Unique per process. */
  readonly holder: string;
  readonly ttlMs?: number;
};

/** Leases of partitions as rows, by the database's clock; processes that are alive likewise. */
export const createPartitionLeases = ({ pool, holder, ttlMs = 5_000 }: PartitionLeasesOptions): PartitionLeases => ({
  countExecutors: async (asOne) => {
    const others = `select count(*)::int as count, (count(*) filter (where holder < $1))::int as before from executors
      where expires_at > clock_timestamp() and holder <> $1`;
    const alive = asOne
      ? await pool.query<{ count: number; before: number }>(
          `with me as (
             insert into executors (holder, expires_at) values ($1, clock_timestamp() + $2 * interval '1 ms')
             on conflict (holder) do update set expires_at = excluded.expires_at
           ) ${others}`,
          [holder, ttlMs],
        )
      : await pool.query<{ count: number; before: number }>(`with me as (delete from executors where holder = $1) ${others}`, [
          holder,
        ]);
    const { count = 0, before = 0 } = alive.rows[0] ?? {};
    return { count: count + (asOne ? 1 : 0), before };
  },
  renew: (leases) => renewLeases(pool, { leases, holder, ttlMs }),
  claim: (names, limit) => claimLeases(pool, { names, limit, holder, ttlMs }),
  release: (leases) => releaseLeases(pool, leases),
  leave: async () => {
    await pool.query("delete from executors where holder = $1 or expires_at < clock_timestamp() - interval '1 day'", [holder]);
  },
});
