import { eventTable, isEventType, subjectOf, type PublishingService } from '@latchkey/contracts';
import { canonicalJson, newId, type EventId } from '@latchkey/kernel';
import { EventStoreError } from '../errors.js';
import type { Append, EventMetadata } from './recorded-event.js';

type PlainEvent = { readonly type: string; readonly v: number; readonly data: unknown };

/** An event that may be written: checked, with its id, place, text and subject. */
export type PreparedEvent = {
  readonly id: EventId;
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  readonly v: number;
  readonly data: unknown;
  readonly json: string;
  readonly subject: string;
  readonly metadata: EventMetadata;
};

// A broker message may be 1 MiB, and 200 of them share a batch; an event is a fact, not a document.
const maxDataBytes = 256 * 1024;

const refused = (message: string, details: Record<string, unknown>, cause?: unknown) =>
  new EventStoreError('event_store.event_refused', message, details, { cause });

const checkedData = (service: PublishingService, { type, v, data }: PlainEvent) => {
  const definition = isEventType(type) ? eventTable[type] : undefined;
  if (!definition || definition.owner !== service) {
    throw refused(`"${type}" is not an event of ${service}; add it to the service's rows in contracts`, { type });
  }
  if (v !== definition.v) throw refused(`${type} is written as v${definition.v}, not v${v}`, { type, v });
  const parsed = definition.data.safeParse(data);
  // The issues, never the input: a refused event may be refused because it holds what must not be recorded.
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'data'}: ${code}`);
    throw refused(`the data of ${type} does not have the shape of the table (${where.join('; ')})`, { type, issues: where });
  }
  return { definition, data: parsed.data };
};

/**
 * Checks events against the contracts table and gives them ids, versions and subjects.
 *
 * @throws {EventStoreError} `event_store.event_refused`, `event_store.event_too_large`, `event_store.stream_twice`
 */
export const prepare = (service: PublishingService, appends: readonly Append<PlainEvent>[]): readonly PreparedEvent[] => {
  const seen = new Set<string>();
  return appends.flatMap(({ streamId, expectedVersion, events, metadata }) => {
    if (seen.has(streamId))
      throw new EventStoreError(
        'event_store.stream_twice',
        `"${streamId}" is appended to twice; join its events into one append`,
        { streamId },
      );
    seen.add(streamId);
    return events.map((event, i) => {
      const { definition, data } = checkedData(service, event);
      const json = canonicalJson(data);
      const bytes = Buffer.byteLength(json);
      if (bytes > maxDataBytes) {
        throw new EventStoreError(
          'event_store.event_too_large',
          `${event.type} has ${bytes} bytes of data; at most ${maxDataBytes} are published`,
          { type: event.type, bytes },
        );
      }
      return {
        id: newId(),
        streamId,
        version: expectedVersion + i + 1,
        type: event.type,
        v: event.v,
        data,
        json,
        subject: subjectOf(definition, data),
        metadata,
      };
    });
  });
};
