import type { RecordEntry } from '@latchkey/audit-record';
import type { AuditEntry, Envelope } from '@latchkey/contracts';
import type { Tx } from '@latchkey/event-store';

/** Puts events on the record behind its newest entry; those that are on it already are left out. */
export type AppendToRecord = (tx: Tx, recordedAt: string, events: readonly Envelope[]) => Promise<readonly RecordEntry[]>;

/** Entries before `before`, newest first. */
export type ReadRecord = (of: {
  readonly userId: string | undefined;
  readonly before: number | undefined;
  readonly limit: number;
}) => Promise<readonly AuditEntry[]>;
