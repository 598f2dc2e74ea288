import { createAggregate, EventStoreError, withTransaction, type OnParked } from '@latchkey/event-store';
import { newId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { executorActor } from '../../app/executor-actor.js';
import type { Notices } from '../../app/ports/standing.js';
import {
  partitionWatchDecider,
  type PartitionWatchCommand,
  type PartitionWatchEvent,
  type PartitionWatchState,
} from '../../domain/watch/partition-watch.js';
import { heldBackDecider, type HeldBackCommand, type HeldBackEvent, type HeldBackState } from '../../domain/watch/held-back.js';
import {
  venuePauseDecider,
  type VenuePauseCommand,
  type VenuePauseEvent,
  type VenuePauseState,
} from '../../domain/watch/venue-pause.js';
import { isOpenStatus } from '../../domain/watch/stuck-trade.js';
import type { ExecutorEvent, ExecutorStore } from './executor-store.js';

type Deps = { readonly pool: Pool; readonly store: ExecutorStore; readonly afterCommit: () => void };

const ours = () => ({ actor: executorActor, correlationId: newId() });

/** A stream that holds one event says it once, whoever says it again. */
export const appendOnce = async (
  { pool, store, afterCommit }: Deps,
  streamId: string,
  event: ExecutorEvent,
): Promise<boolean> => {
  try {
    await store.append(pool, [{ streamId, expectedVersion: 0, events: [event], metadata: ours() }]);
  } catch (error) {
    if (error instanceof EventStoreError && error.code === 'event_store.version_conflict') return false;
    throw error;
  }
  afterCommit();
  return true;
};

export const createNotices = (deps: Deps): Notices => {
  const { pool, store, afterCommit } = deps;
  const partitionWatch = createAggregate<
    string,
    PartitionWatchState,
    PartitionWatchCommand,
    PartitionWatchEvent,
    PartitionWatchEvent
  >({ store: store as never, decider: partitionWatchDecider, streamOf: (id) => id });
  const venuePauses = createAggregate<string, VenuePauseState, VenuePauseCommand, VenuePauseEvent, VenuePauseEvent>({
    store: store as never,
    decider: venuePauseDecider,
    streamOf: (id) => `venue-${id}`,
  });
  const heldBack = createAggregate<string, HeldBackState, HeldBackCommand, HeldBackEvent, HeldBackEvent>({
    store: store as never,
    decider: heldBackDecider,
    streamOf: (id) => `limiter-${id}`,
  });
  return {
    tradeStuck: async ({ tradeId, userId, status, since, message }) => {
      if (!isOpenStatus(status)) return;
      await appendOnce(deps, `stuck-${tradeId}`, { type: 'TradeStuck', v: 1, data: { tradeId, userId, status, since, message } });
    },
    partitions: async (command) => {
      const recorded = await withTransaction(pool, (tx) => partitionWatch.handle(tx, 'partitions', command, ours()));
      if (recorded.length > 0) afterCommit();
    },
    venuePaused: async (command) => {
      const { exchange, environment, marketType } = command.data;
      const id = `${exchange}-${environment}-${marketType}`;
      const recorded = await withTransaction(pool, (tx) => venuePauses.handle(tx, id, command, ours()));
      if (recorded.length > 0) afterCommit();
    },
    heldBack: async (command) => {
      const { host, environment, address } = command.data;
      const id = `${host}-${environment}-${address}`;
      const recorded = await withTransaction(pool, (tx) => heldBack.handle(tx, id, command, ours()));
      if (recorded.length > 0) afterCommit();
    },
  };
};

/** For the consumer of signals, in the transaction that parks one. A dead letter that is parked again after a replay is said once more. */
export const recordParkedSignal =
  (store: Pick<ExecutorStore, 'append' | 'version'>): OnParked =>
  async (tx, { consumer, eventId, deliveries, code }) => {
    const streamId = `parked-${consumer}-${eventId}`;
    const event = { type: 'SignalParked', v: 1, data: { eventId, deliveries, code: code.slice(0, 80) } } as const;
    await store.append(tx, [{ streamId, expectedVersion: await store.version(tx, streamId), events: [event], metadata: ours() }]);
  };
