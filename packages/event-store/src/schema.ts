import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, json, pgTable, primaryKey, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'string' });
const count = (name: string) => bigint(name, { mode: 'number' });

/**
 * The head of every stream. `previous` is the version before the last append: an upsert can compare only what stands in the row, and so
 * `on conflict … where version = excluded.previous` is the optimistic lock.
 */
export const streams = pgTable('streams', {
  streamId: text('stream_id').primaryKey(),
  previous: integer('previous').notNull(),
  version: integer('version').notNull(),
});

/**
 * The log. Rows are inserted and never change, but for `logseq`, `prev` and `epoch`, which the relay gives to committed rows.
 *
 * `data` is `json`, not `jsonb`: the text that was stored is the text that is published, and an alert may hold `\u0000`, which jsonb refuses.
 */
export const events = pgTable(
  'events',
  {
    position: bigint('position', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    streamId: text('stream_id').notNull(),
    version: integer('version').notNull(),
    id: uuid('id').notNull().unique(),
    type: text('type').notNull(),
    v: integer('v').notNull(),
    data: json('data').notNull(),
    subject: text('subject').notNull(),
    time: instant('time').notNull(),
    actor: text('actor').notNull(),
    correlationId: uuid('correlation_id').notNull(),
    causationId: uuid('causation_id'),
    traceparent: text('traceparent'),
    originId: uuid('origin_id'),
    originCommitment: text('origin_commitment'),
    logseq: count('logseq').unique(),
    prev: count('prev'),
    epoch: count('epoch'),
  },
  (table) => [
    unique('events_stream_id_version').on(table.streamId, table.version),
    index('events_unnumbered')
      .on(table.position)
      .where(sql`logseq is null`),
  ],
);

/** The newest `logseq` of every subject, from which the next event's `prev` follows. */
export const subjectHeads = pgTable('subject_heads', {
  subject: text('subject').primaryKey(),
  logseq: count('logseq').notNull(),
});

/** Where each epoch of the numbering starts; the newest row is the one in force. Without a row: epoch 1. */
export const logEpochs = pgTable('log_epochs', {
  epoch: count('epoch').primaryKey(),
  firstLogseq: count('first_logseq').notNull(),
  startedAt: instant('started_at').notNull().defaultNow(),
});

/** What the stream was last known to hold: one row per stream. */
export const relayCheckpoints = pgTable('relay_checkpoints', {
  stream: text('stream').primaryKey(),
  created: text('created').notNull(),
  lastSeq: count('last_seq').notNull(),
  deleted: count('deleted').notNull(),
  logseq: count('logseq').notNull(),
  savedAt: instant('saved_at').notNull().defaultNow(),
});

/** Who may act, until when by this database's clock. `epoch` grows with every change of holder, so that a frozen one can be told apart. */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  holder: text('holder').notNull(),
  epoch: count('epoch').notNull(),
  expiresAt: instant('expires_at').notNull(),
});

/**
 * How far a durable consumer has come: everything up to (`epoch`, `logseq`) was handled. `revision` changes with every commit and fences
 * two processes of one consumer; `attempt_*` count the deliveries of the one event that is next, before its handler runs.
 */
export const consumerPositions = pgTable('consumer_positions', {
  consumer: text('consumer').primaryKey(),
  source: text('source').notNull(),
  epoch: count('epoch').notNull(),
  logseq: count('logseq').notNull(),
  revision: count('revision').notNull().default(0),
  attemptEpoch: count('attempt_epoch').notNull().default(0),
  attemptLogseq: count('attempt_logseq').notNull().default(0),
  attempts: integer('attempts').notNull().default(0),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/** For consumers that read only some subjects: the last event handled of each subject, where that is past the position. */
export const consumerSubjects = pgTable(
  'consumer_subjects',
  { consumer: text('consumer').notNull(), subject: text('subject').notNull(), logseq: count('logseq').notNull() },
  (table) => [primaryKey({ columns: [table.consumer, table.subject] })],
);

/** Events whose handler failed too often: kept with their reason until an operator replays them. */
export const deadLetters = pgTable(
  'dead_letters',
  {
    id: uuid('id').notNull(),
    consumer: text('consumer').notNull(),
    source: text('source').notNull(),
    epoch: count('epoch').notNull(),
    logseq: count('logseq').notNull(),
    subject: text('subject').notNull(),
    envelope: json('envelope').notNull(),
    reason: text('reason').notNull(),
    deliveries: integer('deliveries').notNull(),
    parkedAt: instant('parked_at').notNull().defaultNow(),
    replayRequested: boolean('replay_requested').notNull().default(false),
    replayedAt: instant('replayed_at'),
  },
  (table) => [
    primaryKey({ columns: [table.consumer, table.id] }),
    index('dead_letters_open')
      .on(table.consumer)
      .where(sql`replayed_at is null`),
  ],
);
