import { toLatest, type PublishingService, type ServiceEvent } from '@latchkey/contracts';
import { systemClock, type Clock, type DomainEvent } from '@latchkey/kernel';
import { Pool } from 'pg';
import { EventStoreError } from '../errors.js';
import { withStatement, withTransaction, type Db, type Tx } from '../postgres/transaction.js';
import type { HeldLease } from '../lease/leases.js';
import { insertUnderLeases, type Projection, type WrittenUnderLeases } from './append-under-leases.js';
import { insertEvents } from './append.js';
import { prepare } from './prepare.js';
import type { Append, LoadedStream, RecordedEvent } from './recorded-event.js';
import { eventColumns, metadataOf, type EventRow } from './row.js';

/** One service's streams in its own database. */
export type EventStore<Event extends DomainEvent> = {
  /**
   * Appends to any number of streams, all or nothing, in one statement.
   *
   * @param db a pool gets a transaction of its own; a given transaction must be rolled back when this throws
   * @throws {EventStoreError} `event_store.version_conflict` with `details.streamIds`
   */
  readonly append: (db: Db, appends: readonly Append<Event>[]) => Promise<readonly RecordedEvent<Event>[]>;
  /** Appends to those streams that are where the caller thought, and names the others; their heads are locked until the transaction ends. */
  readonly tryAppend: (
    tx: Db,
    appends: readonly Append<Event>[],
  ) => Promise<{ readonly appended: readonly RecordedEvent<Event>[]; readonly conflicts: readonly string[] }>;
  /**
   * Appends to those streams that are where the caller thought and whose lease its caller still holds, and projects what was appended, in one
   * statement: on a pool that is a transaction of its own. The streams that are in neither answer had moved on.
   */
  readonly appendUnder: (
    db: Db,
    appends: readonly (Append<Event> & { readonly lease: HeldLease })[],
    projection: Projection,
  ) => Promise<WrittenUnderLeases<Event>>;
  readonly load: (db: Db, streamId: string) => Promise<LoadedStream<Event>>;
  /** Histories by stream id; every id asked for is in the answer. */
  readonly loadMany: (db: Db, streamIds: readonly string[]) => Promise<ReadonlyMap<string, LoadedStream<Event>>>;
  /** The stream's version alone, for streams that are too long to read; 0 when it does not exist. */
  readonly version: (db: Db, streamId: string) => Promise<number>;
};

export type EventStoreOptions<Owner extends PublishingService> = { readonly service: Owner; readonly clock?: Clock };

const select = `select ${eventColumns} from events where stream_id = any($1::text[]) order by stream_id, version`;

const recorded = <Event>(row: EventRow): RecordedEvent<Event> =>
  ({
    ...toLatest(row),
    id: row.id,
    streamId: row.stream_id,
    version: row.version,
    time: row.time,
    metadata: metadataOf(row),
    position: BigInt(row.position),
  }) as unknown as RecordedEvent<Event>;

/** @throws {EventStoreError} from appends: `event_store.event_refused`, `event_store.event_too_large`, `event_store.stream_twice` */
export const createEventStore = <Owner extends PublishingService>({
  service,
  clock = systemClock,
}: EventStoreOptions<Owner>): EventStore<ServiceEvent<Owner>> => {
  type Event = ServiceEvent<Owner>;

  const tryAppend: EventStore<Event>['tryAppend'] = async (tx, appends) => {
    const some = appends.filter(({ events }) => events.length > 0);
    const appended = await insertEvents<Event>(tx, prepare(service, some), new Date(clock.now()).toISOString());
    const done = new Set(appended.map(({ streamId }) => streamId));
    return { appended, conflicts: some.map(({ streamId }) => streamId).filter((streamId) => !done.has(streamId)) };
  };

  const appendUnder: EventStore<Event>['appendUnder'] = async (db, appends, projection) => {
    const some = appends.filter(({ events }) => events.length > 0);
    const leases = new Map(some.map(({ streamId, lease }) => [streamId, lease]));
    const prepared = prepare(service, some);
    const time = new Date(clock.now()).toISOString();
    const write = (to: Db) =>
      insertUnderLeases<Event>(to, prepared, time, (streamId) => leases.get(streamId) as HeldLease, projection);
    return db instanceof Pool ? withStatement(db, write) : write(db);
  };

  const loadMany: EventStore<Event>['loadMany'] = async (db, streamIds) => {
    const found = await db.query<EventRow>({ name: 'event-store-load', text: select, values: [streamIds] });
    const histories = new Map<string, RecordedEvent<Event>[]>(streamIds.map((streamId) => [streamId, []]));
    for (const row of found.rows) histories.get(row.stream_id)?.push(recorded(row));
    return new Map([...histories].map(([streamId, events]) => [streamId, { version: events.length, events }]));
  };

  const append = async (tx: Tx, appends: readonly Append<Event>[]) => {
    const { appended, conflicts } = await tryAppend(tx, appends);
    if (conflicts.length === 0) return appended;
    const expected = Object.fromEntries(appends.map(({ streamId, expectedVersion }) => [streamId, expectedVersion]));
    const [streamId = ''] = conflicts;
    throw new EventStoreError(
      'event_store.version_conflict',
      `"${streamId}" is no longer at version ${expected[streamId]}; read it again and decide again`,
      {
        streamId,
        expected: expected[streamId],
        streamIds: conflicts,
      },
    );
  };

  return {
    tryAppend,
    appendUnder,
    loadMany,
    append: async (db, appends) => {
      if (db instanceof Pool) return withTransaction(db, (tx) => append(tx, appends));
      return append(db, appends);
    },
    load: async (db, streamId) => (await loadMany(db, [streamId])).get(streamId) ?? { version: 0, events: [] },
    version: async (db, streamId) => {
      const head = await db.query<{ version: number }>('select version from streams where stream_id = $1', [streamId]);
      return head.rows[0]?.version ?? 0;
    },
  };
};
