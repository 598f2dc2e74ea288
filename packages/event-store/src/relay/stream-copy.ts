import { headSubjectOf, type PublishingService } from '@latchkey/contracts';
import { canonicalJson } from '@latchkey/kernel';
import { passing } from '@latchkey/tracing';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Pool } from 'pg';
import { publishBatch, type OutgoingMessage } from '../broker/publish-batch.js';
import type { StreamMemory } from '../broker/newest.js';
import { createStreamReader } from '../broker/stream-reader.js';
import { compare, type Checkpoint, type Verdict } from '../domain/comparison.js';
import type { Log } from '../log.js';
import { publishing } from '../telemetry/event-spans.js';
import { signatureHeader, type SignEvent, type VerifyEvent } from '../signing.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { envelopeOf, logHead, readLog, type NumberedRow } from './log-reader.js';
import { restoreFromStream, type RestoreOptions } from './restore.js';

const maxBatch = 500; // the server takes 1,000 in one atomic batch
const maxBatchBytes = 4 * 1024 * 1024;

type Context = RestoreOptions & {
  readonly service: PublishingService;
  readonly connection: NatsConnection;
  readonly sign: SignEvent;
  readonly verify: VerifyEvent;
  readonly memory: StreamMemory;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Told before a database that is behind its stream is repaired. */
  readonly onAhead: () => void;
};

const payloadOf = (service: PublishingService, row: NumberedRow): Uint8Array =>
  Buffer.from(canonicalJson(envelopeOf(service, row)));

const signed = async (sign: SignEvent, row: NumberedRow, payload: Uint8Array): Promise<OutgoingMessage> => ({
  subject: row.subject,
  payload,
  headers: {
    'Latchkey-Epoch': row.epoch,
    'Latchkey-Logseq': row.logseq,
    [signatureHeader]: await sign(row.subject, payload),
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
  },
});

/** The number before the first event that a stream with this age limit would still keep. */
const beforeRetained = async (pool: Pool, maxAgeMs: number): Promise<number> => {
  if (maxAgeMs <= 0) return 0;
  const found = await pool.query<{ logseq: string }>(
    `select logseq from events where logseq is not null and time <= now() - $1 * interval '1 ms' order by logseq desc limit 1`,
    [maxAgeMs],
  );
  return Number(found.rows[0]?.logseq ?? 0);
};

/**
 * Compares the stream with its database and repairs what was done to either.
 *
 * @param known what this process knows of the stream, or nothing after a start or an error
 * @returns from where to go on; nothing while the stream does not exist, or when the database had to be repaired (compare again)
 */
export const compareWithStream = async (context: Context, known: Checkpoint | undefined): Promise<Checkpoint | undefined> => {
  const { pool, service, connection, verify, memory, log } = context;
  const onForeign = (message: object) =>
    log.error({ service, ...message }, 'a message in the stream is none of ours; it is passed over');
  const reader = await createStreamReader({ connection, service, verify, memory, onForeign });
  const stream = await reader.view();
  if (!stream) return undefined;
  const checkpoint = known ?? (await loadCheckpoint(pool, service));
  const own = await logHead(pool);
  const { last } = stream;
  const same = last && (await pool.query<{ id: string }>('select id from events where logseq = $1', [last.logseq]));
  const verdict = compare(stream, { ...own, idAtStreamHead: same?.rows[0]?.id }, checkpoint);
  if (verdict.kind === 'ahead' && last) {
    context.onAhead();
    log.error(
      { service, stream: last, own },
      'the stream is ahead of its database: the database was restored, its events are put back',
    );
    const agreed = checkpoint?.created === stream.created ? checkpoint.lastSeq : 0;
    const imported = await restoreFromStream(service, reader, { known: agreed, last }, context);
    log.warn({ service, imported }, 'events were put back from the stream; a new epoch begins');
    return undefined;
  }
  const logseq = await startOf(
    verdict,
    () => reader.logseqBeforeHole(),
    () => beforeRetained(pool, stream.maxAgeMs),
  );
  if (checkpoint && checkpoint.logseq > logseq) {
    const recreated = checkpoint.created !== stream.created;
    log.warn(
      { service, stream: verdict.kind, recreated, from: logseq + 1, to: checkpoint.logseq },
      'the stream has lost events; they are published again',
    );
  }
  return { created: stream.created, lastSeq: stream.lastSeq, deleted: stream.deleted, logseq };
};

const startOf = async (verdict: Verdict, beforeHole: () => Promise<number>, retained: () => Promise<number>): Promise<number> => {
  if (verdict.kind === 'follows') return verdict.logseq;
  return verdict.kind === 'holed' ? beforeHole() : retained();
};

const batchOf = (
  sign: SignEvent,
  service: PublishingService,
  rows: readonly NumberedRow[],
): Promise<readonly OutgoingMessage[]> => {
  const messages: Promise<OutgoingMessage>[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, maxBatch)) {
    const payload = payloadOf(service, row);
    bytes += payload.byteLength;
    if (messages.length > 0 && bytes > maxBatchBytes) break;
    messages.push(signed(sign, row, payload));
  }
  return Promise.all(messages);
};

/**
 * Publishes one batch of what follows the known end of the stream.
 *
 * @param fresh rows that were just numbered; they save a read when they are the ones that follow
 * @returns the new end, or `known` itself when there was nothing to publish
 */
export const publishNext = async (
  { pool, service, connection, sign }: Pick<Context, 'pool' | 'service' | 'connection' | 'sign'>,
  known: Checkpoint,
  fresh: readonly NumberedRow[] = [],
): Promise<Checkpoint> => {
  const follows = fresh.findIndex(({ logseq }) => Number(logseq) === known.logseq + 1);
  const rows = follows >= 0 ? fresh.slice(follows) : await readLog(pool, { from: known.logseq + 1, limit: maxBatch });
  const messages = await batchOf(sign, service, rows);
  const last = rows[messages.length - 1];
  if (!last) return known;
  const published = rows.slice(0, messages.length);
  const lastSeq = await publishing(service, published, () => publishBatch(connection, messages, known.lastSeq));
  passing('events-published');
  return { ...known, lastSeq, logseq: Number(last.logseq) };
};

/** Tells consumers how far the stream goes, so that one that stays behind can ask for its gap. */
export const announceHead = async (
  { pool, service, connection }: Pick<Context, 'pool' | 'service' | 'connection'>,
  known: Checkpoint,
): Promise<void> => {
  const { epoch } = await logHead(pool);
  connection.publish(headSubjectOf(service), JSON.stringify({ epoch, logseq: known.logseq }));
  await saveCheckpoint(pool, service, known);
};
