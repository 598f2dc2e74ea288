import { observeGauges } from '@latchkey/tracing';
import { spanOf, type ReceivedEvent } from '@latchkey/event-store';
import type { RecordEntry } from '@latchkey/audit-record';
import type { Pool } from 'pg';

/** Says on each event's span which entry of the record it became; an event that was on record before becomes none. */
export const noteEntries = (events: readonly ReceivedEvent[], entries: readonly RecordEntry[]): void => {
  const places = new Map(entries.map(({ eventId, seq }) => [eventId, seq]));
  for (const event of events) {
    const seq = places.get(event.envelope.id);
    if (seq !== undefined) spanOf(event)?.setAttribute('latchkey.audit.seq', seq);
  }
};

/** How long the chain is; a number that ever falls is the alarm of alarms. */
export const observeChain = (pool: Pool): (() => void) =>
  observeGauges(
    { 'latchkey.audit.chain.height': { description: 'Number of the newest entry of the record', unit: '{entry}' } },
    async () => {
      const { rows } = await pool.query<{ height: number }>('select coalesce(max(seq), 0)::float8 as height from audit_entries');
      return { 'latchkey.audit.chain.height': rows.map(({ height }) => ({ value: height })) };
    },
  );
