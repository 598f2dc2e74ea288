import { bigint, index, integer, pgTable, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core';

// How far this service has read the others' events; it has no events of its own.
export { consumerPositions, consumerSubjects, deadLetters, leases } from '@latchkey/event-store/schema';

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'string' });

/** The record. Rows are inserted and never change: the service's role may do nothing else, and a trigger stops the tables' owner too. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    seq: bigint('seq', { mode: 'number' }).primaryKey(),
    recordedAt: instant('recorded_at').notNull(),
    service: text('service').notNull(),
    epoch: integer('epoch').notNull(),
    logseq: bigint('logseq', { mode: 'number' }).notNull(),
    eventId: uuid('event_id').notNull(),
    type: text('type').notNull(),
    at: instant('at').notNull(),
    actor: text('actor').notNull(),
    userId: text('user_id'),
    traceId: text('trace_id'),
    /** Canonical JSON, as text: what the hash covers is what stands here, byte for byte. */
    payload: text('payload').notNull(),
    previousHash: text('previous_hash').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [
    unique('audit_entries_place').on(table.service, table.epoch, table.logseq),
    index('audit_entries_user').on(table.userId, table.seq),
    index('audit_entries_event').on(table.eventId),
  ],
);
