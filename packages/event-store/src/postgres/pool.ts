import { messageOf } from '@latchkey/kernel';
import { Pool } from 'pg';
import { EventStoreError } from '../errors.js';
import type { Log } from '../log.js';

export type PoolOptions = {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Connections at most; 10. */
  readonly max?: number;
  /** A statement that is not answered for so long counts as failed, its connection as broken; 60,000. */
  readonly queryTimeoutMs?: number;
  readonly log: Pick<Log, 'warn'>;
};

/**
 * A pool whose idle connections may break without taking the process down: that is logged, and the next query opens another one. A process
 * that freezes inside a transaction loses it after 10 s, so that its row locks cannot stop the others for ever. A Postgres whose machine is gone
 * without a word never answers: without a time-out whoever asked would wait for hours, until TCP notices.
 */
export const createPool = ({ url, applicationName, max = 10, queryTimeoutMs = 60_000, log }: PoolOptions): Pool => {
  const pool = new Pool({
    connectionString: url,
    application_name: applicationName,
    max,
    connectionTimeoutMillis: 5_000,
    query_timeout: queryTimeoutMs,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  });
  pool.on('error', (error) =>
    log.warn({ reason: messageOf(error) }, 'an idle Postgres connection broke; the next query opens another'),
  );
  return pool;
};

/**
 * Refuses a database whose commits could be lost by a power cut.
 *
 * @throws {EventStoreError} `event_store.not_durable`
 */
export const assertDurable = async (pool: Pool): Promise<void> => {
  const found = await pool.query<{ commit: string; fsync: string }>(
    `select current_setting('synchronous_commit') as commit, current_setting('fsync') as fsync`,
  );
  const { commit = '', fsync = '' } = found.rows[0] ?? {};
  if (commit !== 'off' && fsync === 'on') return;
  throw new EventStoreError(
    'event_store.not_durable',
    `synchronous_commit is "${commit}" and fsync is "${fsync}": set both to "on", or accepted signals can be lost`,
    { synchronousCommit: commit, fsync },
  );
};
