import { canonicalJson } from '@latchkey/kernel';
import type { Envelope, PublishingService } from '@latchkey/contracts';
import { inSnapshot } from './read-record.js';

/** How one service's own log compares with the record. */
export type Completeness = {
  readonly service: PublishingService;
  readonly events: number;
  /** Numbered long enough ago that it must be on the record, and is not; the first few. */
  readonly missing: readonly string[];
  /** On the record with another content than in the service's log; the first few. */
  readonly different: readonly string[];
  /** Appended when the record was read, or a moment before: on their way. */
  readonly underWay: number;
};

const graceMs = 10_000;
const batch = 1_000;
const named = 10;

type Content = Pick<Envelope, 'id' | 'type' | 'eventversion' | 'streamid' | 'streamversion' | 'actor' | 'time' | 'data'>;
type Row = Content & { readonly position: string };

/** What must be the same on both sides, whatever epoch the event was published under. */
export const fingerprint = (event: Content): string =>
  canonicalJson([
    event.id,
    event.type,
    event.eventversion,
    event.streamid,
    event.streamversion,
    event.actor,
    event.time,
    event.data,
  ]);

/**
 * Holds a service's log against what the record says.
 *
 * @param url of the service's database, as the auditor
 * @param asOf milliseconds since the epoch: when the record was read
 * @param recorded event id → {@link fingerprint} of all entries of the service
 */
export const compareWithRecord = (
  service: PublishingService,
  url: string,
  asOf: number,
  recorded: ReadonlyMap<string, string>,
): Promise<Completeness> =>
  inSnapshot(url, async (client) => {
    const result = { service, events: 0, missing: [] as string[], different: [] as string[], underWay: 0 };
    let after = '0';
    for (;;) {
      const { rows } = await client.query<Row>(
        `select position, id, type, v as eventversion, data, stream_id as streamid, version as streamversion, actor,
           to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time
         from events where position > $1 order by position limit ${batch}`,
        [after],
      );
      for (const row of rows) {
        result.events += 1;
        const known = recorded.get(row.id);
        const name = `${row.type} ${row.id}`;
        if (known === undefined) {
          if (Date.parse(row.time) > asOf - graceMs) result.underWay += 1;
          else if (result.missing.length < named) result.missing.push(name);
        } else if (known !== fingerprint(row) && result.different.length < named) {
          result.different.push(name);
        }
      }
      const last = rows.at(-1);
      if (!last || rows.length < batch) return result;
      after = last.position;
    }
  });
