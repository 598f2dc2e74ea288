import type { Pool, PoolClient } from 'pg';
import { EventStoreError } from '../errors.js';
import { asDatabaseError } from './database-error.js';

/** A connection with an open transaction; drizzle takes it as it is (`drizzle(tx)`). */
export type Tx = PoolClient;
/** Anything that runs a query: a pool, or a transaction. */
export type Db = Pool | PoolClient;

export type TransactionOptions = {
  /** The work is given up and rolled back after this long; unlimited without it. */
  readonly timeoutMs?: number;
  /** Postgres ends the transaction when nothing was asked in it for so long (a frozen process must not keep its locks). */
  readonly idleTimeoutMs?: number;
  /**
   * An advisory lock of this database, held until the transaction ends and taken before its first query: whatever an exclusive holder
   * committed before is seen by every query of a shared one, and none of those ends after it.
   */
  readonly lock?: { readonly key: number; readonly mode: 'shared' | 'exclusive' };
};

const late = (timeoutMs: number) =>
  new EventStoreError('event_store.timeout', `the work of a transaction did not end within ${timeoutMs} ms; it was rolled back`, {
    timeoutMs,
  });

const within = async <T>(work: Promise<T>, timeoutMs: number | undefined): Promise<T> => {
  if (timeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
};

/** One text without parameters is one round trip, however many statements it holds. */
const begin = ({ idleTimeoutMs, lock }: TransactionOptions) =>
  [
    'begin',
    ...(idleTimeoutMs === undefined ? [] : [`set local idle_in_transaction_session_timeout = ${Math.ceil(idleTimeoutMs)}`]),
    ...(lock ? [`select pg_advisory_xact_lock${lock.mode === 'shared' ? '_shared' : ''}(${Math.trunc(lock.key)})`] : []),
  ].join('; ');

const connect = async (pool: Pool): Promise<PoolClient> => {
  try {
    return await pool.connect();
  } catch (error) {
    throw asDatabaseError(error, 'begin');
  }
};

/**
 * Runs `work` in one transaction: committed when it ends, rolled back when it throws. A connection that broke, or that a timed-out
 * work may still use, is closed instead of going back to the pool.
 *
 * @throws {EventStoreError} `event_store.database_unavailable` (after a failed commit nobody knows whether it was stored),
 *   `event_store.transaction_conflict`, `event_store.timeout`; whatever `work` throws
 */
export const withTransaction = async <T>(
  pool: Pool,
  work: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> => {
  const tx = await connect(pool);
  const ignore = () => undefined; // the failing query reports it; without a listener it would end the process
  tx.on('error', ignore);
  let step: 'begin' | 'work' | 'commit' = 'begin';
  let broken = true;
  try {
    await tx.query(begin(options));
    step = 'work';
    const result = await within(work(tx), options.timeoutMs);
    step = 'commit';
    await tx.query('commit');
    broken = false;
    return result;
  } catch (error) {
    const known = asDatabaseError(error, step);
    const abandoned = known instanceof EventStoreError && known.code === 'event_store.timeout';
    if (step === 'work' && !abandoned) broken = await rollBack(tx);
    throw known;
  } finally {
    if (!broken) tx.removeListener('error', ignore); // a connection that is closed may still have something to say
    tx.release(broken);
  }
};

/**
 * Runs one statement that is a transaction by itself, on a connection of the pool.
 *
 * @throws {EventStoreError} as {@link withTransaction}; when the connection breaks, nobody knows whether it was stored
 */
export const withStatement = async <T>(pool: Pool, statement: (db: Db) => Promise<T>): Promise<T> => {
  const db = await connect(pool);
  let broken = true;
  const ignore = () => undefined; // as above
  db.on('error', ignore);
  try {
    const result = await statement(db);
    broken = false;
    return result;
  } catch (error) {
    throw asDatabaseError(error, 'commit');
  } finally {
    if (!broken) db.removeListener('error', ignore);
    db.release(broken);
  }
};

/** True when not even that was possible. */
const rollBack = async (tx: PoolClient): Promise<boolean> => {
  try {
    await tx.query('rollback');
    return false;
  } catch {
    return true; // the connection is gone, and the transaction with it
  }
};
