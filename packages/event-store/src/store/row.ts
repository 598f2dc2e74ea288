import type { EventId, Traceparent } from '@latchkey/kernel';
import type { EventMetadata } from './recorded-event.js';

/** A row of `events` as every statement here selects it. */
export type EventRow = {
  readonly position: string;
  readonly stream_id: string;
  readonly version: number;
  readonly id: EventId;
  readonly type: string;
  readonly v: number;
  readonly data: unknown;
  readonly subject: string;
  readonly time: string;
  readonly actor: string;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly traceparent: string | null;
  readonly origin_id: string | null;
  readonly origin_commitment: string | null;
  readonly logseq: string | null;
  readonly prev: string | null;
  readonly epoch: string | null;
};

// The time is made to text here: it must be the same text in every process, whatever its driver settings.
export const eventColumns = `position, stream_id, version, id, type, v, data, subject,
  to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time,
  actor, correlation_id, causation_id, traceparent, origin_id, origin_commitment, logseq, prev, epoch`;

export const metadataOf = (row: EventRow): EventMetadata => ({
  actor: row.actor,
  correlationId: row.correlation_id,
  ...(row.causation_id === null ? {} : { causationId: row.causation_id }),
  ...(row.traceparent === null ? {} : { traceparent: row.traceparent as Traceparent }),
  ...(row.origin_id === null || row.origin_commitment === null
    ? {}
    : { origin: { id: row.origin_id, commitment: row.origin_commitment } }),
});
