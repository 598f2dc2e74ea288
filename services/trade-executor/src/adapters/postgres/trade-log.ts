import {
  EventStoreError,
  withTransaction,
  type Append,
  type HeldLease,
  type RecordedEvent,
  type Tx,
} from '@latchkey/event-store';
import { outsideOfTraces } from '@latchkey/tracing';
import { AppError, groupCommit, InvariantError, replay, type TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { LoadedTrade, Trades } from '../../app/ports/trades.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import { isTradeEvent, type TradeEvent } from '../../domain/trade/events.js';
import { barOpenings, isOpening, type Decided } from './bar-openings.js';
import { tradeStream, type ExecutorStore } from './executor-store.js';
import { openingLock } from './opening-lock.js';
import { executorActor } from '../../app/executor-actor.js';
import { rowChange, updateTradeRows } from './trade-row.js';

type Job = Decided & { readonly lease: HeldLease };
type Outcome =
  | { readonly recorded: readonly RecordedEvent<TradeEvent>[]; readonly after: LoadedTrade }
  | { readonly error: unknown };

export type TradeLogOptions = {
  readonly pool: Pool;
  readonly store: Pick<ExecutorStore, 'loadMany' | 'tryAppend'>;
  /** Called once after each commit that recorded something, e.g. to wake the relay. */
  readonly afterCommit: () => void;
};

/** Locks the leases of a group against a take-over until the commit, and answers those that are no longer ours. */
const lostLeases = async (tx: Tx, leases: readonly HeldLease[]): Promise<ReadonlySet<string>> => {
  const epochs = new Map(leases.map(({ name, epoch }) => [name, epoch]));
  // In the order in which renewals lock them, so that the two cannot stand in each other's way.
  const found = await tx.query<{ name: string; epoch: string }>({
    name: 'executor-fence',
    text: 'select name, epoch from leases where name = any($1::text[]) order by name for share',
    values: [[...epochs.keys()]],
  });
  const held = new Map(found.rows.map(({ name, epoch }) => [name, Number(epoch)]));
  return new Set([...epochs].filter(([name, epoch]) => held.get(name) !== epoch).map(([name]) => name));
};

const afterOf = ({ before }: Job, recorded: readonly RecordedEvent<TradeEvent>[]): LoadedTrade => ({
  ...before,
  trade: recorded.reduce<LoadedTrade['trade']>(tradeDecider.evolve, before.trade),
  version: before.version + recorded.length,
  last: recorded.at(-1) ?? before.last,
});

const changeOf = ({ tradeId, trade, version, last }: LoadedTrade) => {
  if (trade.status === 'none') throw new InvariantError('a trade without a request has no row');
  return rowChange(tradeId, trade, trade.request, version, last.time);
};

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
 * Trades in Postgres. What waits at the same time is read by one query, and written by one transaction of three statements,
 * and one more where something is to be opened.
 */
export const createTradeLog = ({ pool, store, afterCommit }: TradeLogOptions): Trades => {
  const writeIn = async (tx: Tx, jobs: readonly Job[]): Promise<readonly Outcome[]> => {
    const gone = await lostLeases(
      tx,
      jobs.map(({ lease }) => lease),
    );
    const mine = await barOpenings(
      tx,
      jobs.filter(({ lease }) => !gone.has(lease.name)),
    );
    const { appended } = await store.tryAppend(
      tx,
      mine.map(({ append }) => append),
    );
    const written = Map.groupBy(appended as readonly RecordedEvent<TradeEvent>[], ({ streamId }) => streamId);
    const outcomes = jobs.map((job): Outcome => {
      if (gone.has(job.lease.name)) return { error: lost(job.lease) };
      const recorded = written.get(job.append.streamId);
      return recorded ? { recorded, after: afterOf(job, recorded) } : { error: conflict(job.append) };
    });
    const changes = outcomes.flatMap((outcome) => ('after' in outcome ? [changeOf(outcome.after)] : []));
    if (changes.length > 0) await tx.query({ name: 'executor-rows', text: updateTradeRows, values: [JSON.stringify(changes)] });
    return outcomes;
  };

  const write = (jobs: readonly Job[]): Promise<readonly Outcome[]> =>
    withTransaction(pool, (tx) => writeIn(tx, jobs), jobs.some(isOpening) ? { lock: { key: openingLock, mode: 'shared' } } : {});

  const commit = groupCommit<Job, Outcome>({
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
    keyOf: ({ append }) => append.streamId,
  });

  const read = groupCommit<TradeId, LoadedTrade>({
    run: outsideOfTraces(async (tradeIds: readonly TradeId[]) => {
      const histories = await store.loadMany(pool, tradeIds.map(tradeStream));
      return tradeIds.map((tradeId) => loaded(tradeId, histories.get(tradeStream(tradeId))?.events ?? []));
    }),
    maxWaitMs: 1,
    maxJobs: 256,
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
      const outcome = await commit({ append, command, lease, before });
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
