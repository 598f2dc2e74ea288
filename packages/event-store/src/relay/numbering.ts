import type { Pool } from 'pg';
import { EventStoreError } from '../errors.js';
import { renewLeases, type HeldLease } from '../lease/leases.js';
import { withTransaction, type Tx } from '../postgres/transaction.js';
import { eventColumns } from '../store/row.js';
import type { NumberedRow } from './log-reader.js';

/** Whoever numbers or repairs the log does it under this. */
export type RelayLease = { readonly lease: HeldLease; readonly holder: string; readonly leaseMs: number };

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
      throw new EventStoreError(
        'event_store.lease_lost',
        `lease "${lease.name}" belongs to somebody else now; nothing was numbered`,
        { ...lease },
      );
    },
    { idleTimeoutMs: leaseMs },
  );

// Committed rows only, in the order of their positions. A row that commits later has a smaller position and a larger number: numbers, not
// positions, are the order of the log.
const statement = `
  with todo as (
    select position, subject, row_number() over (order by position) as n
    from (select position, subject from events where logseq is null order by position limit $1) as waiting
  ), base as (
    select coalesce((select max(logseq) from events), 0) as logseq, coalesce((select max(epoch) from log_epochs), 1) as epoch
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

/**
 * Gives the next numbers to at most `limit` committed events and answers them in order.
 *
 * @param above what the stream is known to hold; a database that would give a lower number was restored under our feet
 * @throws {EventStoreError} `event_store.lease_lost`; `event_store.log_diverged`, and nothing is numbered
 */
export const numberEvents = (pool: Pool, relay: RelayLease, limit: number, above = 0): Promise<readonly NumberedRow[]> =>
  underLease(pool, relay, async (tx) => {
    const { rows } = await tx.query<NumberedRow>({ name: 'event-store-number', text: statement, values: [limit] });
    const first = Number(rows[0]?.logseq ?? Number.MAX_SAFE_INTEGER);
    if (first > above) return rows;
    throw new EventStoreError(
      'event_store.log_diverged',
      `the next number would be ${first}, but ${above} was published: the database was restored`,
      { first, above },
    );
  });

/** True when somebody waits for a number; an index scan of the waiting rows alone. */
export const hasUnnumbered = async (pool: Pool): Promise<boolean> =>
  (await pool.query<{ waiting: boolean }>('select exists (select from events where logseq is null) as waiting')).rows[0]
    ?.waiting === true;
