import type { Envelope, PublishingService } from '@latchkey/contracts';
import type { Db } from '../postgres/transaction.js';
import { eventColumns, metadataOf, type EventRow } from '../store/row.js';

/** An event that has its number: nothing of it will ever change. */
export type NumberedRow = EventRow & { readonly logseq: string; readonly prev: string; readonly epoch: string };

export const envelopeOf = (service: PublishingService, row: NumberedRow): Envelope => {
  const { actor, correlationId, causationId, traceparent, origin } = metadataOf(row);
  return {
    specversion: '1.0',
    id: row.id,
    source: `/latchkey/${service}`,
    type: row.type,
    eventversion: row.v,
    subject: row.subject,
    time: row.time,
    datacontenttype: 'application/json',
    streamid: row.stream_id,
    streamversion: row.version,
    correlationid: correlationId,
    ...(causationId === undefined ? {} : { causationid: causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    actor,
    ...(origin === undefined ? {} : { originid: origin.id, origincommitment: origin.commitment }),
    epoch: Number(row.epoch),
    logseq: Number(row.logseq),
    prev: Number(row.prev),
    data: row.data,
  };
};

/** The epoch in force and the newest number given. */
export const logHead = async (db: Db): Promise<{ readonly epoch: number; readonly head: number }> => {
  const found = await db.query<{ epoch: string; head: string }>(
    `select coalesce((select max(epoch) from log_epochs), 1) as epoch, coalesce((select max(logseq) from events), 0) as head`,
  );
  return { epoch: Number(found.rows[0]?.epoch), head: Number(found.rows[0]?.head) };
};

/** `evt.gateway.signal.*.>` as a regular expression of Postgres; subjects have no other special characters than the dot. */
const patternOf = (filter: string): string =>
  `^${filter
    .split('.')
    .map((token) => (token === '>' ? '.+' : token === '*' ? '[^.]+' : token.replaceAll(/[^A-Za-z0-9_-]/g, '')))
    .join('\\.')}$`;

/** Numbered events in order, both ends included. */
export const readLog = async (
  db: Db,
  {
    from,
    to = Number.MAX_SAFE_INTEGER,
    limit,
    filter,
  }: { readonly from: number; readonly to?: number; readonly limit: number; readonly filter?: string | undefined },
): Promise<readonly NumberedRow[]> => {
  const found = await db.query<NumberedRow>(
    `select ${eventColumns} from events where logseq between $1 and $2 and ($3::text is null or subject ~ $3) order by events.logseq limit $4`,
    [from, to, filter === undefined ? null : patternOf(filter), limit],
  );
  return found.rows;
};
