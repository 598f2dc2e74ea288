import type { HeldLease } from '../lease/leases.js';
import type { Db } from '../postgres/transaction.js';
import { headsOfWanted, insertOfHeads, recordedOf, valuesOf } from './append.js';
import type { PreparedEvent } from './prepare.js';
import type { RecordedEvent } from './recorded-event.js';

/**
 * What follows from the events in other tables, as part of the same statement: it says everything that a transaction would, in one round
 * trip and one commit.
 */
export type Projection = {
  /** Of the statement as a whole; one name, one text. */
  readonly name: string;
  /**
   * Queries of the statement's WITH, each named. They write, and read from `heads (stream_id, at)`, the streams that are written and the time
   * of their events: what belongs to a stream that is not there must stay as it is. `$20` is their value.
   */
  readonly queries: string;
  readonly value: unknown;
};

/**
 * `lost`: leases that somebody else holds by now; nothing of their streams is written. Each with its epoch: the same group may write under the
 * one that came after it.
 */
export type WrittenUnderLeases<Event> = {
  readonly appended: readonly RecordedEvent<Event>[];
  readonly lost: readonly HeldLease[];
};

type Row =
  | { readonly id: string; readonly position: string; readonly lost: null; readonly epoch: null }
  | { readonly id: null; readonly position: null; readonly lost: string; readonly epoch: string };

/**
 * FOR SHARE keeps each lease from being taken over until the commit; the rows are locked in the order in which renewals lock them, before the
 * first head, so that nobody stands in another's way.
 */
const statementOf = ({ queries }: Projection): string => `
  with stated as materialized (
    select * from unnest($1::text[], $2::int[], $3::int[], $18::text[], $19::bigint[]) as s (stream_id, previous, version, lease, epoch)
  ), held as materialized (
    select name, epoch from leases where name = any($18::text[]) order by name for share
  ), wanted as (
    select stream_id, previous, version from stated join held on held.name = stated.lease and held.epoch = stated.epoch
  ), ${headsOfWanted}, written as (
    ${insertOfHeads}
  ), ${queries}
  select id, position, null as lost, null::bigint as epoch from written
  union all select distinct null::uuid, null::bigint, lease, epoch from stated
    where not exists (select from held where held.name = stated.lease and held.epoch = stated.epoch)`;

/** Writes what was prepared, each stream under its lease, and what follows from it. */
export const insertUnderLeases = async <Event>(
  db: Db,
  prepared: readonly PreparedEvent[],
  time: string,
  leaseOf: (streamId: string) => HeldLease,
  projection: Projection,
): Promise<WrittenUnderLeases<Event>> => {
  if (prepared.length === 0) return { appended: [], lost: [] };
  const { streamIds, values } = valuesOf(prepared, time);
  const leases = streamIds.map(leaseOf);
  const { rows } = await db.query<Row>({
    name: projection.name,
    text: statementOf(projection),
    values: [...values, leases.map(({ name }) => name), leases.map(({ epoch }) => epoch), projection.value],
  });
  return {
    appended: recordedOf(
      prepared,
      time,
      rows.filter((row) => row.lost === null),
    ),
    lost: rows.flatMap((row) => (row.lost === null ? [] : { name: row.lost, epoch: Number(row.epoch) })),
  };
};
