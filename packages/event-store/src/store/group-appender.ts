import { groupCommit, isAppError, type DomainEvent } from '@latchkey/kernel';
import { outsideOfTraces } from '@latchkey/tracing';
import type { Pool } from 'pg';
import { EventStoreError } from '../errors.js';
import { withTransaction, type Tx } from '../postgres/transaction.js';
import type { EventStore } from './event-store.js';
import type { Append, RecordedEvent } from './recorded-event.js';

/** Appends that belong together, and what is written beside them. */
export type AppendJob<Event> = {
  readonly appends: readonly Append<Event>[];
  /** Projections and other rows, in the same transaction; runs after the appends, one job after the other. */
  readonly project?: (tx: Tx, recorded: readonly RecordedEvent<Event>[]) => Promise<void>;
};

export type GroupAppenderOptions<Event extends DomainEvent> = {
  readonly pool: Pool;
  readonly store: Pick<EventStore<Event>, 'tryAppend'>;
  /** How long the first job waits for company; 2. */
  readonly maxWaitMs?: number;
  /** 256. */
  readonly maxJobs?: number;
  /** Called once after each commit, e.g. `relay.wake`. */
  readonly afterCommit?: () => void;
};

type Outcome<Event> = { readonly recorded: readonly RecordedEvent<Event>[] } | { readonly error: unknown };
type Outcomes<Event> = Map<AppendJob<Event>, Outcome<Event>>;

const conflictOf = <Event>({ appends }: AppendJob<Event>, conflicts: ReadonlySet<string>): EventStoreError | undefined => {
  const lost = appends.find(({ streamId }) => conflicts.has(streamId));
  return (
    lost &&
    new EventStoreError(
      'event_store.version_conflict',
      `"${lost.streamId}" is no longer at version ${lost.expectedVersion}; read it again and decide again`,
      {
        streamId: lost.streamId,
        expected: lost.expectedVersion,
      },
    )
  );
};

/** Carries the conflicts out of a transaction that has to be undone: a job is written whole or not at all. */
class HalfWritten extends EventStoreError {
  constructor(readonly conflicts: ReadonlySet<string>) {
    super('event_store.version_conflict', 'some streams of a job had moved on');
  }
}

/** The first jobs that touch no stream twice; the others keep their order. */
const disjoint = <Event>(jobs: readonly AppendJob<Event>[]): readonly AppendJob<Event>[] => {
  const seen = new Set<string>();
  return jobs.filter(({ appends }) => {
    const clash = appends.some(({ streamId }) => seen.has(streamId));
    for (const { streamId } of appends) seen.add(streamId); // also of those put off
    return !clash;
  });
};

/**
 * Lets appends that wait at the same time share one statement and one commit. Each job is written whole or not at all; a job whose stream
 * has moved on, or whose projection throws, fails alone.
 *
 * @returns what was recorded for the job; rejects with `event_store.version_conflict` or whatever its own work threw
 */
export const createGroupAppender = <Event extends DomainEvent>({
  pool,
  store,
  maxWaitMs = 2,
  maxJobs = 256,
  afterCommit,
}: GroupAppenderOptions<Event>): ((job: AppendJob<Event>) => Promise<readonly RecordedEvent<Event>[]>) => {
  const write = (jobs: readonly AppendJob<Event>[]) =>
    withTransaction(pool, async (tx): Promise<readonly (readonly [AppendJob<Event>, Outcome<Event>])[]> => {
      const { appended, conflicts } = await store.tryAppend(
        tx,
        jobs.flatMap(({ appends }) => appends),
      );
      const lost = new Set(conflicts);
      const written = Map.groupBy(appended, ({ streamId }) => streamId);
      const outcomes: (readonly [AppendJob<Event>, Outcome<Event>])[] = [];
      for (const job of jobs) {
        const error = conflictOf(job, lost);
        const recorded = job.appends.flatMap(({ streamId }) => written.get(streamId) ?? []);
        if (error && recorded.length > 0) throw new HalfWritten(lost);
        if (!error) await job.project?.(tx, recorded);
        outcomes.push([job, error ? { error } : { recorded }]);
      }
      return outcomes;
    });

  /** Notes what became of jobs that share no stream; those it says nothing of are to be tried again. */
  const settle = async (jobs: readonly AppendJob<Event>[], outcomes: Outcomes<Event>): Promise<void> => {
    try {
      for (const [job, outcome] of await write(jobs)) outcomes.set(job, outcome);
    } catch (error) {
      if (error instanceof HalfWritten) {
        for (const job of jobs) {
          const conflict = conflictOf(job, error.conflicts);
          if (conflict) outcomes.set(job, { error: conflict });
        }
      } else if (jobs.length === 1 || isAppError(error, 'event_store.database_unavailable')) {
        // Nobody's fault, and alone it would not go better: each attempt could wait for a connection again.
        for (const job of jobs) outcomes.set(job, { error });
      } else {
        for (const job of jobs) await settle([job], outcomes);
      }
    }
  };

  // Never throws: an earlier part of a group may be committed when a later one fails, and must not be written again.
  const run = async (jobs: readonly AppendJob<Event>[]): Promise<readonly Outcome<Event>[]> => {
    const outcomes: Outcomes<Event> = new Map();
    for (let waiting = jobs; waiting.length > 0; waiting = waiting.filter((job) => !outcomes.has(job))) {
      await settle(disjoint(waiting), outcomes);
    }
    afterCommit?.();
    return jobs.map((job) => outcomes.get(job) as Outcome<Event>);
  };

  const submit = groupCommit({ run: outsideOfTraces(run), maxWaitMs, maxJobs });
  return async (job) => {
    const outcome = await submit({ ...job }); // of its own identity, should somebody submit one object twice
    if ('error' in outcome) throw outcome.error;
    return outcome.recorded;
  };
};
