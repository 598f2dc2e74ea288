import type { AnyEvent, Origin } from '@latchkey/contracts';
import type { EventId, Traceparent } from '@latchkey/kernel';

/** Who caused an event, in which conversation; ends in its envelope. */
export type EventMetadata = {
  /** Opaque id: `user:<id>`, `service:<name>` or `operator:<id>`. */
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: Traceparent | undefined;
  readonly origin?: Origin | undefined;
};

/** Events for one stream, if it still is at `expectedVersion` (0: it does not exist yet). Without events nothing happens and nothing is checked. */
export type Append<Event> = {
  readonly streamId: string;
  readonly expectedVersion: number;
  readonly events: readonly Event[];
  readonly metadata: EventMetadata;
};

/** An event as it stands in the log, in the latest version of its schema. */
export type RecordedEvent<Event = AnyEvent> = Event & {
  readonly id: EventId;
  readonly streamId: string;
  /** Place in its stream, from 1. */
  readonly version: number;
  /** UTC, ISO 8601 with milliseconds. */
  readonly time: string;
  readonly metadata: EventMetadata;
  /** Place in the table; grows, but not in order of commit and with gaps. Order between services is `logseq`, which the relay gives later. */
  readonly position: bigint;
};

/** A stream's history; version 0 and no events when it does not exist. */
export type LoadedStream<Event> = { readonly version: number; readonly events: readonly RecordedEvent<Event>[] };
