import type { ConsumerDefinition } from '@latchkey/contracts';
import type { Pool } from 'pg';
import { isAppError } from '@latchkey/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import { advance, type Position } from '../domain/position.js';
import { EventStoreError } from '../errors.js';
import type { Log } from '../log.js';
import { isTransient } from '../postgres/database-error.js';
import { withTransaction, type Tx } from '../postgres/transaction.js';
import { processing } from '../telemetry/event-spans.js';
import { park, reasonOf } from './dead-letters.js';
import { countAttempt, forgetAttempt, savePosition, type StoredPosition } from './position-store.js';
import { placeOf, type ReceivedEvent } from './received-event.js';

export type Handle = (tx: Tx, events: readonly ReceivedEvent[]) => Promise<void>;

export type DeliveryOptions = {
  readonly pool: Pool;
  readonly definition: ConsumerDefinition;
  readonly whole: boolean;
  readonly handle: Handle;
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly maxBatch: number;
  readonly maxDeliveries: number;
  readonly handlerTimeoutMs: number;
  readonly afterCommit?: (() => void) | undefined;
  readonly onParked?: OnParked | undefined;
};

/** What was parked, as whoever consumes it may record it: in the same transaction. */
export type ParkedEvent = {
  readonly consumer: string;
  readonly eventId: string;
  readonly subject: string;
  readonly deliveries: number;
  /** The code of what went wrong, never its words, which may quote what was received; `unexpected` where it had none. */
  readonly code: string;
};
export type OnParked = (tx: Tx, parked: ParkedEvent) => Promise<void>;

/** Handles events in their order, each in the transaction that moves the position behind it, and answers the position after all of them. */
export type Deliver = (
  position: StoredPosition,
  events: readonly ReceivedEvent[],
  signal: AbortSignal,
) => Promise<StoredPosition>;

const isLost = (error: unknown) => error instanceof EventStoreError && error.code === 'event_store.lease_lost';
const codeOf = (error: unknown): string => (isAppError(error) ? error.code : 'unexpected');
const backOffMs = (attempts: number) => Math.min(50 * 2 ** attempts, 5_000);

/**
 * Events go in batches as long as all is well. After a failure, or when an attempt was counted that never ended, they go one by one, so that
 * the count is that of the event which fails; the last of its deliveries parks it, and the log goes on behind it.
 */
export const createDelivery = ({
  pool,
  definition,
  whole,
  handle,
  log,
  maxBatch,
  maxDeliveries,
  handlerTimeoutMs,
  afterCommit,
  onParked,
}: DeliveryOptions): Deliver => {
  const { durable, source } = definition;
  let oneByOne = 0;
  // The event whose last attempt must not count.
  let innocent: ReceivedEvent | undefined;

  /** Postgres may still be away: what cannot be taken back now is taken back before the next count. */
  const takeBack = async (): Promise<void> => {
    if (!innocent) return;
    await forgetAttempt(pool, durable, innocent.envelope);
    innocent = undefined;
  };

  const commit = (position: StoredPosition, events: readonly ReceivedEvent[], work: Handle): Promise<StoredPosition> => {
    const to = events.reduce<Position>((at, event) => advance(at, placeOf(event), whole), position);
    return withTransaction(
      pool,
      async (tx) => {
        await work(tx, events);
        return savePosition(tx, durable, position, to);
      },
      { timeoutMs: handlerTimeoutMs },
    );
  };

  const parkFirst = async (position: StoredPosition, event: ReceivedEvent, deliveries: number, reason: string, code: string) => {
    const { id: eventId, type, subject } = event.envelope;
    log.error({ consumer: durable, eventId, type, deliveries, reason }, 'an event was parked; see the dead letters');
    const after = await commit(position, [event], async (tx) => {
      await park(tx, durable, source, event, deliveries, reason);
      await onParked?.(tx, { consumer: durable, eventId, subject, deliveries, code });
    });
    afterCommit?.();
    return after;
  };

  /** The position after as many of the events as were handled or parked; the same position when the first one is to be tried again. */
  const step = async (
    position: StoredPosition,
    events: readonly [ReceivedEvent, ...ReceivedEvent[]],
    signal: AbortSignal,
  ): Promise<{ position: StoredPosition; done: number }> => {
    const [first] = events;
    await takeBack();
    const attempts = await countAttempt(pool, durable, position, first.envelope);
    if (attempts > maxDeliveries) {
      const reason = `delivered ${maxDeliveries} times without an answer: its handler never ended, or took the process with it`;
      return { position: await parkFirst(position, first, maxDeliveries, reason, 'handler_never_ended'), done: 1 };
    }
    if (attempts > 1) oneByOne = Math.max(oneByOne, maxBatch);
    const batch = oneByOne > 0 ? [first] : events.slice(0, maxBatch);
    try {
      const next = await processing(definition, batch, () => commit(position, batch, handle));
      oneByOne = Math.max(0, oneByOne - batch.length);
      afterCommit?.();
      return { position: next, done: batch.length };
    } catch (error) {
      if (isLost(error)) throw error;
      if (isTransient(error)) {
        innocent = first;
        await takeBack().catch(() => undefined);
        throw error;
      }
      oneByOne = maxBatch;
      const reason = reasonOf(error);
      log.warn({ consumer: durable, eventId: first.envelope.id, events: batch.length, attempts, reason }, 'a delivery failed');
      if (batch.length === 1 && attempts >= maxDeliveries)
        return { position: await parkFirst(position, first, attempts, reason, codeOf(error)), done: 1 };
      await delay(backOffMs(attempts), undefined, { signal }).catch(() => undefined);
      return { position, done: 0 };
    }
  };

  return async (start, events, signal) => {
    let position = start;
    let rest = events;
    for (let [first, ...more] = rest; first && !signal.aborted; [first, ...more] = rest) {
      const result = await step(position, [first, ...more], signal);
      position = result.position;
      rest = rest.slice(result.done);
    }
    return position;
  };
};
