import type { Envelope, PublishingService } from '@latchkey/contracts';
import { canonicalJson } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { StreamReader } from '../broker/stream-reader.js';
import { EventStoreError } from '../errors.js';
import type { Tx } from '../postgres/transaction.js';
import { underLease, type RelayLease } from './numbering.js';

/** Called in the transaction that puts events back, for projections and whatever else depends on them. */
export type OnImported = (tx: Tx, events: readonly Envelope[]) => Promise<void>;

export type RestoreOptions = {
  readonly pool: Pool;
  readonly relay: RelayLease;
  readonly onImported?: OnImported | undefined;
};

const chunkSize = 200;

/** Starts another epoch, so that no consumer takes a new event for one that it has seen. */
export const startEpoch = async (tx: Tx, atLeast: number, firstLogseq: number): Promise<void> => {
  await tx.query(
    `insert into log_epochs (epoch, first_logseq)
     select greatest($1::bigint, coalesce(max(epoch), 1) + 1), $2::bigint from log_epochs`,
    [atLeast, firstLogseq],
  );
};

/** Numbers at and above `from` were given again by a restored database and never published: they are taken back. */
const takeBackNumbers = async (tx: Tx, from: number): Promise<void> => {
  await tx.query('update events set logseq = null, prev = null, epoch = null where logseq >= $1', [from]);
  await tx.query(
    `update subject_heads set logseq = coalesce((select max(e.logseq) from events e where e.subject = subject_heads.subject), 0) where logseq >= $1`,
    [from],
  );
};

/** Puts one event back with its own number: behind whatever its stream holds, as a late fact. True when it was missing. */
const importEvent = async (tx: Tx, event: Envelope): Promise<boolean> => {
  const known = await tx.query('update events set logseq = $2, prev = $3, epoch = $4 where id = $1 and logseq is null', [
    event.id,
    event.logseq,
    event.prev,
    event.epoch,
  ]);
  const present = known.rowCount === 1 || (await tx.query('select from events where id = $1', [event.id])).rowCount === 1;
  if (present) return false;
  const head = await tx.query<{ version: number }>(
    `insert into streams as head (stream_id, previous, version) values ($1, 0, 1)
     on conflict (stream_id) do update set previous = head.version, version = head.version + 1 returning version`,
    [event.streamid],
  );
  await tx.query(
    `insert into events (stream_id, version, id, type, v, data, subject, time, actor, correlation_id, causation_id, traceparent,
       origin_id, origin_commitment, logseq, prev, epoch)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [event.streamid, head.rows[0]?.version, event.id, event.type, event.eventversion, canonicalJson(event.data), event.subject, event.time,
      event.actor, event.correlationid, event.causationid ?? null, event.traceparent ?? null, event.originid ?? null,
      event.origincommitment ?? null, event.logseq, event.prev, event.epoch],
  ); // prettier-ignore
  return true;
};

const importChunk = async (tx: Tx, chunk: readonly Envelope[], onImported: OnImported | undefined): Promise<number> => {
  const missing: Envelope[] = [];
  for (const event of chunk) {
    if (await importEvent(tx, event)) missing.push(event);
    await tx.query(
      `insert into subject_heads (subject, logseq) values ($1, $2) on conflict (subject) do update set logseq = greatest(subject_heads.logseq, $2)`,
      [event.subject, event.logseq],
    );
    if (event.epoch > 1)
      await tx.query('insert into log_epochs (epoch, first_logseq) values ($1, $2) on conflict do nothing', [
        event.epoch,
        event.logseq,
      ]);
  }
  if (missing.length > 0) await onImported?.(tx, missing);
  return missing.length;
};

/**
 * Puts events that a restored database has lost back into it, from whoever still has them: its stream, or the audit record. They keep ids,
 * times and numbers, and so need not be published again; the next numbers belong to a new epoch. May be broken off and run again.
 *
 * @param events in the order of their numbers, and complete from the first one that the database lacks
 * @returns how many were missing
 */
export const importEvents = async (
  events: AsyncIterable<Envelope>,
  { pool, relay, onImported }: RestoreOptions,
): Promise<number> => {
  let missing = 0;
  let chunk: Envelope[] = [];
  const flush = async () => {
    const part = chunk;
    chunk = [];
    if (part.length > 0) missing += await underLease(pool, relay, (tx) => importChunk(tx, part, onImported));
  };
  for await (const event of events) {
    chunk.push(event);
    if (chunk.length === chunkSize) await flush();
  }
  await flush();
  return missing;
};

/**
 * The first event of a stream that the database does not hold under its number. Looking through a long stream takes longer than a lease lasts:
 * without prolonging it, two relays would take it from each other for ever and neither would come to the repair.
 */
const missingFrom = async ({ pool, relay }: RestoreOptions, reader: StreamReader, fromSequence: number) => {
  let sequence = fromSequence;
  let renewedAt = performance.now();
  for (;;) {
    if (performance.now() - renewedAt > relay.leaseMs / 3) {
      await underLease(pool, relay, () => Promise.resolve());
      renewedAt = performance.now();
    }
    const found = await reader.eventFrom(sequence);
    if (!found) return undefined;
    const { id, logseq } = found.envelope;
    const same = await pool.query('select from events where id = $1 and logseq = $2', [id, logseq]);
    if (same.rowCount === 0) return found;
    sequence = found.sequence + 1;
  }
};

async function* eventsFrom(reader: StreamReader, fromSequence: number): AsyncGenerator<Envelope> {
  for (let found = await reader.eventFrom(fromSequence); found; found = await reader.eventFrom(found.sequence + 1))
    yield found.envelope;
}

/**
 * Repairs a database that is behind its own stream: a restored one.
 *
 * @param known the sequence up to which stream and database agreed when the database was saved; a hint that saves reading from the beginning
 * @param last the newest event of the stream
 * @returns how many events were put back
 */
export const restoreFromStream = async (
  service: PublishingService,
  reader: StreamReader,
  { known, last }: { readonly known: number; readonly last: { readonly epoch: number; readonly logseq: number } },
  options: RestoreOptions,
): Promise<number> => {
  const first = (await missingFrom(options, reader, known + 1)) ?? (await missingFrom(options, reader, 1));
  if (!first) {
    throw new EventStoreError(
      'event_store.log_diverged',
      `the stream of ${service} ends with an event that its database does not expect, but holds none that is missing; compare them by hand`,
      { service, ...last },
    );
  }
  await underLease(options.pool, options.relay, async (tx) => {
    await takeBackNumbers(tx, first.envelope.logseq);
    // First of all: whatever happens from here on, no number is given in an epoch that somebody has seen more of.
    await startEpoch(tx, last.epoch + 1, last.logseq + 1);
  });
  return importEvents(eventsFrom(reader, first.sequence), options);
};
