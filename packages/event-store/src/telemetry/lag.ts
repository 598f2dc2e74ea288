import type { PublishingService } from '@latchkey/contracts';
import { observeGauges } from '@latchkey/tracing';
import type { Pool } from 'pg';

type RelayPlace = { readonly state: string; readonly published?: number };
type ConsumerPlace = {
  readonly state: string;
  readonly position?: { readonly logseq: number };
  readonly head?: { readonly logseq: number };
};

// Two reads, so that each finds its own index: events without a number, and numbers beyond what is known to be published.
const waiting = `
  select count(*)::float8 as events, coalesce(greatest(0, extract(epoch from clock_timestamp() - min(time))), 0)::float8 as seconds
  from (
    select time from events where logseq is null
    union all
    select time from events where logseq > $1
  ) as unpublished`;

/** How much of the log is not on the stream yet, and since when. Whoever does not hold the relay tells nought: take the largest. */
export const observeRelay = (pool: Pool, service: PublishingService, status: () => RelayPlace): (() => void) =>
  observeGauges(
    {
      'latchkey.relay.lag.events': { description: 'Committed events that are not published yet', unit: '{event}' },
      'latchkey.relay.lag.duration': { description: 'Age of the oldest event that is not published yet', unit: 's' },
    },
    async () => {
      const { state, published } = status();
      const attributes = { 'latchkey.service': service };
      // Nought, not nothing: the SDK would go on telling what was told before the lease went to another.
      const tell = (row: { readonly events: number; readonly seconds: number }) => ({
        'latchkey.relay.lag.events': [{ value: row.events, attributes }],
        'latchkey.relay.lag.duration': [{ value: row.seconds, attributes }],
      });
      if (state === 'standby' || state === 'stopped') return tell({ events: 0, seconds: 0 });
      const { rows } = await pool.query<{ events: number; seconds: number }>(waiting, [published ?? Number.MAX_SAFE_INTEGER]);
      return tell(rows[0] ?? { events: 0, seconds: 0 });
    },
  );

/** How far a consumer is behind what its source has announced (by the one that holds it; the others tell nought), and how many of its events are parked. */
export const observeConsumer = (pool: Pool, durable: string, status: () => ConsumerPlace): (() => void) =>
  observeGauges(
    {
      'latchkey.consumer.lag': { description: 'Events of the source that are not handled yet', unit: '{event}' },
      'latchkey.dead_letters': { description: 'Parked events that nobody has replayed', unit: '{event}' },
    },
    async () => {
      const { state, position, head } = status();
      const attributes = { 'messaging.consumer.group.name': durable };
      const { rows } = await pool.query<{ parked: number }>(
        'select count(*)::float8 as parked from dead_letters where consumer = $1 and replayed_at is null',
        [durable],
      );
      const works = state !== 'standby' && state !== 'stopped' && position !== undefined && head !== undefined;
      return {
        'latchkey.consumer.lag': [{ value: works ? Math.max(0, head.logseq - position.logseq) : 0, attributes }],
        'latchkey.dead_letters': rows.map((row) => ({ value: row.parked, attributes })),
      };
    },
  );
