import type { Db } from '../postgres/transaction.js';
import type { PreparedEvent } from './prepare.js';
import type { RecordedEvent } from './recorded-event.js';

/**
 * The heads are locked in the order of their ids, so that two fan-outs cannot deadlock; a stream that is not where the caller thought is not
 * returned by `heads`, and so none of its events is inserted. `at`: the time of the events.
 */
export const headsOfWanted = `heads as (
    insert into streams as head (stream_id, previous, version)
    select stream_id, previous, version from wanted
    where previous = 0 or exists (select from streams s where s.stream_id = wanted.stream_id)
    order by stream_id
    on conflict (stream_id) do update set previous = excluded.previous, version = excluded.version
      where head.version = excluded.previous
    returning stream_id, $4::timestamptz as at
  )`;

export const insertOfHeads = `insert into events (stream_id, version, id, type, v, data, subject, time,
    actor, correlation_id, causation_id, traceparent, origin_id, origin_commitment)
  select stream_id, e.version, e.id, e.type, e.v, e.data::json, e.subject, heads.at,
    e.actor, e.correlation_id, e.causation_id, e.traceparent, e.origin_id, e.origin_commitment
  from unnest($5::text[], $6::int[], $7::uuid[], $8::text[], $9::int[], $10::text[], $11::text[],
      $12::text[], $13::uuid[], $14::uuid[], $15::text[], $16::uuid[], $17::text[]) with ordinality
    as e (stream_id, version, id, type, v, data, subject,
      actor, correlation_id, causation_id, traceparent, origin_id, origin_commitment, ordinal)
  join heads using (stream_id)
  order by e.ordinal
  returning id, position`;

/** One statement for any number of streams. */
const statement = `
  with wanted as (
    select * from unnest($1::text[], $2::int[], $3::int[]) as w (stream_id, previous, version)
  ), ${headsOfWanted}
  ${insertOfHeads}`;

const headsOf = (prepared: readonly PreparedEvent[]) => {
  const heads = new Map<string, { previous: number; version: number }>();
  for (const { streamId, version } of prepared) {
    heads.set(streamId, { previous: heads.get(streamId)?.previous ?? version - 1, version });
  }
  return heads;
};

/** The values of `$1` to `$17`, and the streams in the order of the first three. */
export const valuesOf = (prepared: readonly PreparedEvent[], time: string) => {
  const heads = headsOf(prepared);
  const column = (pick: (event: PreparedEvent) => unknown) => prepared.map(pick);
  const streamIds = [...heads.keys()];
  const values: readonly unknown[] = [
    streamIds,
    [...heads.values()].map(({ previous }) => previous),
    [...heads.values()].map(({ version }) => version),
    time,
    column((e) => e.streamId),
    column((e) => e.version),
    column((e) => e.id),
    column((e) => e.type),
    column((e) => e.v),
    column((e) => e.json),
    column((e) => e.subject),
    column((e) => e.metadata.actor),
    column((e) => e.metadata.correlationId),
    column((e) => e.metadata.causationId ?? null),
    column((e) => e.metadata.traceparent ?? null),
    column((e) => e.metadata.origin?.id ?? null),
    column((e) => e.metadata.origin?.commitment ?? null),
  ];
  return { streamIds, values };
};

/** Those of the prepared events that were written, as they stand in the log. */
export const recordedOf = <Event>(
  prepared: readonly PreparedEvent[],
  time: string,
  written: readonly { readonly id: string; readonly position: string }[],
): readonly RecordedEvent<Event>[] => {
  const positions = new Map(written.map(({ id, position }) => [id, BigInt(position)]));
  return prepared.flatMap(({ id, streamId, version, type, v, data, metadata }) => {
    const position = positions.get(id);
    return position === undefined
      ? []
      : [{ type, v, data, id, streamId, version, time, metadata, position } as unknown as RecordedEvent<Event>];
  });
};

/** Writes what was prepared and answers what was written; the streams that had moved on are missing from it. */
export const insertEvents = async <Event>(
  db: Db,
  prepared: readonly PreparedEvent[],
  time: string,
): Promise<readonly RecordedEvent<Event>[]> => {
  if (prepared.length === 0) return [];
  const { values } = valuesOf(prepared, time);
  const written = await db.query<{ id: string; position: string }>({
    name: 'event-store-append',
    text: statement,
    values: [...values],
  });
  return recordedOf(prepared, time, written.rows);
};
