import { streamOf, type PublishingService } from '@latchkey/contracts';
import type { Pool } from 'pg';

/**
 * Whether it is known that this database is the newest there is: log and stream were compared, by this relay or by the one that holds the
 * lease, since this one last lost sight of the database. Whoever answers after that may be an older copy.
 */
export const createSight = (pool: Pool, service: PublishingService) => {
  let compared = false;
  let standingBySince: string | undefined; // by the database's clock

  return {
    compared: (): boolean => compared,
    lost: (): void => {
      compared = false;
      standingBySince = undefined;
    },
    seen: (): void => {
      compared = true;
    },
    /** Another relay holds the lease, which proves only that it was alive: the checkpoint that it saves after a comparison says more. */
    standBy: async (): Promise<void> => {
      if (compared) return;
      const found = await pool.query<{ now: string; compared: boolean }>(
        `select clock_timestamp()::text as now,
           exists (select from relay_checkpoints where stream = $1 and saved_at > $2::timestamptz) as compared`,
        [streamOf(service), standingBySince],
      );
      standingBySince ??= found.rows[0]?.now;
      compared = found.rows[0]?.compared === true;
    },
  };
};
