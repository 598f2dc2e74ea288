import { chainEntries, emptyChain, type ChainHead, type RecordEntry } from '@latchkey/audit-record';
import type { Envelope } from '@latchkey/contracts';
import type { Db, Tx } from '@latchkey/event-store';
import type { AppendToRecord, ReadRecord } from '../../app/ports.js';

// Three consumers append to one chain: whoever holds this lock knows the head until its transaction ends.
const chainLock = 0x6c61_7463_686b_01n;

const columns =
  'seq, recorded_at, service, epoch, logseq, event_id, type, at, actor, user_id, trace_id, payload, previous_hash, hash';

const places = (events: readonly Envelope[]) => [
  events.map(({ id }) => id),
  events.map(({ source }) => source.replace(/^\/latchkey\//, '')),
];

/**
 * The end of the chain, and which of these events are on it already: a source that was restored publishes its old events again under a new
 * epoch.
 */
const standing = async (
  tx: Tx,
  events: readonly Envelope[],
): Promise<{ readonly head: ChainHead; readonly known: ReadonlySet<string> }> => {
  await tx.query('select pg_advisory_xact_lock($1::bigint)', [chainLock.toString()]);
  const { rows } = await tx.query<{ seq: string; hash: string; id: null } | { seq: null; hash: null; id: string }>({
    name: 'audit-standing',
    text: `(select seq, hash, null::uuid as id from audit_entries order by seq desc limit 1)
      union all select null, null, event_id from audit_entries join unnest($1::uuid[], $2::text[]) as wanted (id, source)
        on event_id = wanted.id and service = wanted.source`,
    values: places(events),
  });
  const newest = rows.find(({ seq }) => seq !== null);
  return {
    head: newest?.seq ? { seq: Number(newest.seq), hash: newest.hash } : emptyChain,
    known: new Set(rows.flatMap(({ id }) => id ?? [])),
  };
};

const valuesOf = (entries: readonly RecordEntry[]): readonly unknown[][] => [
  entries.map(({ seq }) => seq),
  entries.map(({ recordedAt }) => recordedAt),
  entries.map(({ service }) => service),
  entries.map(({ epoch }) => epoch),
  entries.map(({ logseq }) => logseq),
  entries.map(({ eventId }) => eventId),
  entries.map(({ type }) => type),
  entries.map(({ at }) => at),
  entries.map(({ actor }) => actor),
  entries.map(({ userId }) => userId),
  entries.map(({ traceId }) => traceId),
  entries.map(({ payload }) => payload),
  entries.map(({ previousHash }) => previousHash),
  entries.map(({ hash }) => hash),
];

/** Appends behind the newest entry, in the transaction that also moves the consumer's position. */
export const appendToRecord: AppendToRecord = async (tx, recordedAt, events) => {
  const { head, known } = await standing(tx, events);
  const entries = chainEntries(
    head,
    recordedAt,
    events.filter(({ id }) => !known.has(id)),
  );
  if (entries.length === 0) return entries;
  await tx.query(
    `insert into audit_entries (${columns})
     select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::int[], $5::bigint[], $6::uuid[], $7::text[], $8::timestamptz[],
                          $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])`,
    [...valuesOf(entries)],
  );
  return entries;
};

type Row = {
  seq: string;
  service: string;
  type: string;
  actor: string;
  user_id: string | null;
  event_id: string;
  trace_id: string | null;
  hash: string;
  payload: string;
};

/** The newest entries before `before`, newest first; of one user, or of everybody. */
export const readRecord =
  (db: Db): ReadRecord =>
  async ({ userId, before, limit }) => {
    const { rows } = await db.query<Row>(
      `select seq, service, type, actor, user_id, event_id, trace_id, hash, payload from audit_entries
       where ($1::text is null or user_id = $1 or actor = 'user:' || $1) and ($2::bigint is null or seq < $2) order by seq desc limit $3`,
      [userId ?? null, before ?? null, limit],
    );
    return rows.map((row) => {
      const { event } = JSON.parse(row.payload) as { event: { time: string; data: Record<string, unknown> } };
      return {
        seq: Number(row.seq),
        at: event.time,
        service: row.service,
        type: row.type,
        actor: row.actor,
        userId: row.user_id,
        eventId: row.event_id,
        traceId: row.trace_id,
        hash: row.hash,
        data: event.data,
      };
    });
  };
