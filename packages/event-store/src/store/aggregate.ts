import { replay, type Decider, type DomainEvent } from '@latchkey/kernel';
import { EventStoreError } from '../errors.js';
import type { Db, Tx } from '../postgres/transaction.js';
import type { EventStore } from './event-store.js';
import type { Append, EventMetadata, RecordedEvent } from './recorded-event.js';

/** One command for one instance. */
export type Decision<Id, Command> = { readonly id: Id; readonly command: Command; readonly metadata: EventMetadata };

export type Aggregate<Id, State, Command, Event> = {
  /** Decides one command over the instance's history and appends what follows from it; `[]` when nothing does. */
  readonly handle: (tx: Tx, id: Id, command: Command, metadata: EventMetadata) => Promise<readonly RecordedEvent<Event>[]>;
  /** The same for many instances (each at most once) with one read and one append. Throws, and appends nothing, when one command throws. */
  readonly handleMany: (tx: Tx, decisions: readonly Decision<Id, Command>[]) => Promise<readonly RecordedEvent<Event>[]>;
  readonly state: (db: Db, id: Id) => Promise<State>;
};

export type AggregateOptions<Id, State, Command, Event extends DomainEvent, Stored extends DomainEvent> = {
  readonly store: Pick<EventStore<Stored>, 'load' | 'loadMany' | 'tryAppend'>;
  readonly decider: Decider<State, Command, Event>;
  readonly streamOf: (id: Id) => string;
};

/**
 * A decider over streams. Somebody else's append in between is no error here: the command is decided again on the new history, and as the
 * first try has locked the stream's head, the second one cannot lose.
 *
 * @throws whatever the decider throws
 */
export const createAggregate = <Id, State, Command, Event extends Stored, Stored extends DomainEvent>({
  store,
  decider,
  streamOf,
}: AggregateOptions<Id, State, Command, Event, Stored>): Aggregate<Id, State, Command, Event> => {
  // A store may hold more kinds of events than one decider makes; a stream holds only those of its own.
  const own = (events: readonly unknown[]) => events as readonly RecordedEvent<Event>[];

  const decideAll = async (tx: Tx, decisions: readonly Decision<Id, Command>[]): Promise<readonly Append<Event>[]> => {
    const streams = await store.loadMany(
      tx,
      decisions.map(({ id }) => streamOf(id)),
    );
    return decisions.map(({ id, command, metadata }) => {
      const streamId = streamOf(id);
      const { version, events } = streams.get(streamId) ?? { version: 0, events: [] };
      const decided = decider.decide(command, replay(decider, own(events)));
      return { streamId, expectedVersion: version, events: decided, metadata };
    });
  };

  const handleMany: Aggregate<Id, State, Command, Event>['handleMany'] = async (tx, decisions) => {
    const first = await store.tryAppend(tx, await decideAll(tx, decisions));
    const again = new Set(first.conflicts);
    if (again.size === 0) return own(first.appended);
    const second = await store.tryAppend(
      tx,
      await decideAll(
        tx,
        decisions.filter(({ id }) => again.has(streamOf(id))),
      ),
    );
    const [streamId] = second.conflicts;
    if (streamId !== undefined) {
      // Only possible above READ COMMITTED, where this transaction cannot see what it lost to.
      throw new EventStoreError('event_store.version_conflict', `"${streamId}" moved on twice; run the transaction again`, {
        streamId,
        streamIds: second.conflicts,
      });
    }
    return own([...first.appended, ...second.appended]);
  };

  return {
    handleMany,
    handle: (tx, id, command, metadata) => handleMany(tx, [{ id, command, metadata }]),
    state: async (db, id) => replay(decider, own((await store.load(db, streamOf(id))).events)),
  };
};
