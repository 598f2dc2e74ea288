import type { Pool } from 'pg';
import { EventStoreError } from '../errors.js';
import { renewLeases, type HeldLease } from '../lease/leases.js';
import { withStatement, withTransaction, type Tx } from '../postgres/transaction.js';
import { eventColumns } from '../store/row.js';
import type { NumberedRow } from './log-reader.js';

/** Whoever numbers or repairs the log does it under this. */
export type RelayLease = { readonly lease: HeldLease; readonly holder: string; readonly leaseMs: number };

const leaseLost = (lease: HeldLease): EventStoreError =>
  new EventStoreError('event_store.lease_lost', `lease "${lease.name}" belongs to somebody else now; nothing was numbered`, {
    ...lease,
  });

/**
 * A transaction that nobody but the lease's holder can commit: it prolongs the lease first, and with the row locked nobody else can take it.
 * Postgres ends it when the process freezes inside.
 *
 * @throws {EventStoreError} `event_store.lease_lost`
 */
export const underLease = <T>(pool: Pool, { lease, holder, leaseMs }: RelayLease, work: (tx: Tx) => Promise<T>): Promise<T> =>
  withTransaction(
    pool,
    async (tx) => {
      const [held] = await renewLeases(tx, { leases: [lease], holder, ttlMs: leaseMs });
      if (held) return work(tx);
      throw leaseLost(lease);
    },
    { idleTimeoutMs: leaseMs },
  );

// Committed rows only, in the order of their positions. A row that commits later has a smaller position and a larger number: numbers, not
// positions, are the order of the log. One statement, and so one transaction: the lease is prolonged first, and without it, or in a database that
// would give a number which the stream has, there is nothing to do.
const statement = `
  with mine as materialized (
    update leases set expires_at = clock_timestamp() + $3 * interval '1 ms'
    where name = $4 and epoch = $5::bigint and holder = $6 returning name
  ), base as materialized (
    select coalesce((select max(logseq) from events), 0) as logseq, coalesce((select max(epoch) from log_epochs), 1) as epoch
  ), todo as (
    select position, subject, row_number() over (order by position) as n
    from (
      select position, subject from events
      where logseq is null and exists (select from mine) and exists (select from base where logseq >= $2::bigint)
      order by position limit $1
    ) as waiting
  ), numbered as (
    select todo.position, todo.subject, base.epoch, base.logseq + todo.n as logseq,
      coalesce(lag(base.logseq + todo.n) over (partition by todo.subject order by todo.n), subject_heads.logseq, 0) as prev
    from todo cross join base left join subject_heads using (subject)
  ), heads as (
    insert into subject_heads (subject, logseq) select subject, max(logseq) from numbered group by subject
    on conflict (subject) do update set logseq = excluded.logseq
  ), written as (
    update events set logseq = numbered.logseq, prev = numbered.prev, epoch = numbered.epoch
    from numbered where events.position = numbered.position
    returning events.*
  )
  select ${eventColumns} from written order by written.logseq`;

/** Nothing was numbered: because there was nothing, or for a reason that somebody has to know. */
const assertNothingWaits = async (pool: Pool, { lease }: RelayLease, above: number): Promise<void> => {
  const { rows } = await pool.query<{ epoch: string; head: string }>(
    'select epoch, coalesce((select max(logseq) from events), 0) as head from leases where name = $1',
    [lease.name],
  );
  const [found] = rows;
  if (Number(found?.epoch) !== lease.epoch) throw leaseLost(lease);
  const head = Number(found?.head);
  if (head >= above) return;
  throw new EventStoreError(
    'event_store.log_diverged',
    `the next number would be ${head + 1}, but ${above} was published: the database was restored`,
    { first: head + 1, above },
  );
};

/**
 * Gives the next numbers to at most `limit` committed events and answers them in order.
 *
 * @param above what the stream is known to hold; a database that would give a lower number was restored under our feet
 * @throws {EventStoreError} `event_store.lease_lost`; `event_store.log_diverged`, and nothing is numbered
 */
export const numberEvents = async (pool: Pool, relay: RelayLease, limit: number, above = 0): Promise<readonly NumberedRow[]> => {
  const { lease, holder, leaseMs } = relay;
  const values = [limit, above, leaseMs, lease.name, lease.epoch, holder];
  const { rows } = await withStatement(pool, (db) =>
    db.query<NumberedRow>({ name: 'event-store-number', text: statement, values }),
  );
  if (rows.length === 0) await assertNothingWaits(pool, relay, above);
  return rows;
};

/** True when somebody waits for a number; an index scan of the waiting rows alone. */
export const hasUnnumbered = async (pool: Pool): Promise<boolean> =>
  (await pool.query<{ waiting: boolean }>('select exists (select from events where logseq is null) as waiting')).rows[0]
    ?.waiting === true;
