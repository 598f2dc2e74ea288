import {
  EventStoreError,
  withTransaction,
  type Append,
  type HeldLease,
  type RecordedEvent,
  type Tx,
} from '@latchkey/event-store';
import { outsideOfTraces } from '@latchkey/tracing';
import { AppError, groupCommit, InvariantError, replay, type GroupCommitOptions, type TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { LoadedTrade, Trades } from '../../app/ports/trades.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import { isTradeEvent, type TradeEvent } from '../../domain/trade/events.js';
import { barOpenings, isOpening, type Decided } from './bar-openings.js';
import { countExecutions, executionChange, type ExecutionChange } from './count-executions.js';
import { tradeStream, type ExecutorStore } from './executor-store.js';
import { openingLock } from './opening-lock.js';
import { executorActor } from '../../app/executor-actor.js';
import { projectTradeRows, rowChange } from './trade-row.js';

type Job = Decided & { readonly lease: HeldLease; readonly executed?: ExecutionChange };
type Outcome =
  | { readonly recorded: readonly RecordedEvent<TradeEvent>[]; readonly after: LoadedTrade }
  | { readonly error: unknown };

export type TradeLogOptions = {
  readonly pool: Pool;
  readonly store: Pick<ExecutorStore, 'loadMany' | 'appendUnder'>;
  /** Called once after each commit that recorded something, e.g. to wake the relay. */
  readonly afterCommit: () => void;
};

const afterOf = ({ before }: Job, recorded: readonly RecordedEvent<TradeEvent>[]): LoadedTrade => ({
  ...before,
  trade: recorded.reduce<LoadedTrade['trade']>(tradeDecider.evolve, before.trade),
  version: before.version + recorded.length,
  last: recorded.at(-1) ?? before.last,
});

/** The row as it will be once the events are recorded. */
const changeOf = ({ append: { events }, before: { tradeId, trade, version }, executed }: Job) => {
  const after = events.reduce<LoadedTrade['trade']>(tradeDecider.evolve, trade);
  if (after.status === 'none') throw new InvariantError('a trade without a request has no row');
  return rowChange(tradeId, after, after.request, version + events.length, executed !== undefined);
};

const leaseName = ({ name, epoch }: HeldLease): string => `${name}/${epoch}`;

const lost = ({ name, epoch }: HeldLease) =>
  new EventStoreError(
    'event_store.lease_lost',
    `partition "${name}" belongs to another executor now; this one stops working on it`,
    { name, epoch },
  );
const conflict = ({ streamId, expectedVersion }: Append<TradeEvent>) =>
  new EventStoreError(
    'event_store.version_conflict',
    `"${streamId}" is no longer at version ${expectedVersion}; read it again and decide again`,
    { streamId },
  );

/**
 * Trades in Postgres. What waits at the same time is read by one query, and written by one statement: leases checked, events appended, rows
 * changed. Where something is to be opened, that statement stands in a transaction behind the question what bars it; where something was
 * executed, in one before the count of what came of it.
 */
export const createTradeLog = ({ pool, store, afterCommit }: TradeLogOptions): Trades => {
  const writeTo = async (db: Pool | Tx, jobs: readonly Job[]): Promise<readonly Outcome[]> => {
    const { appended, lost: lostLeases } = await store.appendUnder(
      db,
      jobs.map(({ append, lease }) => ({ ...append, lease })),
      { name: 'executor-write', queries: projectTradeRows, value: JSON.stringify(jobs.map(changeOf)) },
    );
    const written = Map.groupBy(appended as readonly RecordedEvent<TradeEvent>[], ({ streamId }) => streamId);
    // By name and epoch: a group may hold what was begun under a lease and under the one that came after it.
    const gone = new Set(lostLeases.map(leaseName));
    return jobs.map((job): Outcome => {
      const recorded = written.get(job.append.streamId);
      if (recorded) return { recorded, after: afterOf(job, recorded) };
      return { error: gone.has(leaseName(job.lease)) ? lost(job.lease) : conflict(job.append) };
    });
  };

  /** What was executed is counted with it: nobody sees the one without the other. */
  const writeOutcomes = (jobs: readonly Job[]): Promise<readonly Outcome[]> =>
    jobs.some(({ executed }) => executed)
      ? withTransaction(pool, async (tx) => {
          const outcomes = await writeTo(tx, jobs);
          await countExecutions(
            tx,
            jobs.flatMap(({ executed }, i) => (executed && 'recorded' in (outcomes[i] as Outcome) ? [executed] : [])),
          );
          return outcomes;
        })
      : writeTo(pool, jobs);

  const writeOpenings = (jobs: readonly Job[]): Promise<readonly Outcome[]> =>
    withTransaction(pool, async (tx) => writeTo(tx, await barOpenings(tx, jobs)), { lock: { key: openingLock, mode: 'shared' } });

  const commit = (
    write: (jobs: readonly Job[]) => Promise<readonly Outcome[]>,
    of: Pick<GroupCommitOptions<Job, Outcome>, 'busyWaitMs' | 'maxGroups' | 'turnOf'>,
  ) =>
    groupCommit<Job, Outcome>({
      // A database that is away fails the whole group at once: trying each job alone would only queue up the same wait.
      run: outsideOfTraces(async (jobs: readonly Job[]) => {
        try {
          const outcomes = await write(jobs);
          afterCommit();
          return outcomes;
        } catch (error) {
          if (error instanceof AppError) return jobs.map(() => ({ error }));
          throw error;
        }
      }),
      maxWaitMs: 2,
      maxJobs: 256,
      ...of,
      keyOf: ({ append }) => append.streamId,
    });
  // Orders wait for their intent, and their signatures grow old meanwhile: two slices need not wait for each other. For what became of them only
  // the record waits.
  // Two openings of one user may not pass a limit side by side: the second group would not see the first.
  const turnOf = ({ before: { trade } }: Job): string => (trade.status === 'none' ? '' : trade.request.userId);
  const commitOpening = commit(writeOpenings, { busyWaitMs: 2, maxGroups: 2, turnOf });
  const commitOutcome = commit(writeOutcomes, { busyWaitMs: 100, maxGroups: 1 });

  const read = groupCommit<TradeId, LoadedTrade>({
    run: outsideOfTraces(async (tradeIds: readonly TradeId[]) => {
      const histories = await store.loadMany(pool, tradeIds.map(tradeStream));
      return tradeIds.map((tradeId) => loaded(tradeId, histories.get(tradeStream(tradeId))?.events ?? []));
    }),
    maxWaitMs: 1,
    maxJobs: 512,
    maxGroups: 2,
  });

  return {
    load: read,
    apply: async (before, command, lease) => {
      const events = tradeDecider.decide(command, before.trade);
      if (events.length === 0) return { after: before, events };
      const { correlationId, traceparent } = before.last.metadata;
      const metadata = { actor: executorActor, correlationId, causationId: before.last.id, traceparent };
      const append = { streamId: tradeStream(before.tradeId), expectedVersion: before.version, events, metadata };
      const executed = executionChange(before.trade, events.reduce<LoadedTrade['trade']>(tradeDecider.evolve, before.trade));
      const job = { append, command, lease, before, ...(executed && { executed }) };
      const outcome = await (isOpening(job) ? commitOpening(job) : commitOutcome(job));
      if ('error' in outcome) throw outcome.error;
      return { after: outcome.after, events: outcome.recorded };
    },
  };
};

const loaded = (tradeId: TradeId, history: readonly RecordedEvent[]): LoadedTrade => {
  const events = history.filter((event) => isTradeEvent(event)) as readonly RecordedEvent<TradeEvent>[];
  const last = events.at(-1);
  if (!last) throw new InvariantError(`trade "${tradeId}" has a row but no events`);
  return { tradeId, trade: replay(tradeDecider, events as readonly TradeEvent[]), version: last.version, last };
};
