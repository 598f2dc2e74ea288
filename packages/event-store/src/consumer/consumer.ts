import { consumerTable, type ConsumerDefinition, type ServiceName } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { BrokerPort } from '../broker/broker-port.js';
import { EventStoreError } from '../errors.js';
import { createLease } from '../lease/lease.js';
import type { Log } from '../log.js';
import { createPause } from '../pause.js';
import type { VerifyEvent } from '../signing.js';
import type { Tx } from '../postgres/transaction.js';
import { observeConsumer } from '../telemetry/lag.js';
import { createCatchUp, type RequestReplay } from './catch-up.js';
import { replayRequested } from './dead-letters.js';
import { createDelivery, type Handle, type OnParked } from './delivery.js';
import { createHeadWatch, type Head } from './head-watch.js';
import { createInbox } from './inbox.js';
import { createReader } from './reader.js';
import type { ReceivedEvent } from './received-event.js';

type Handler =
  | { readonly handler: (tx: Tx, event: ReceivedEvent) => Promise<void>; readonly handleBatch?: never }
  /** All events of a batch in one transaction; after a failure they come one by one. */
  | { readonly handleBatch: (tx: Tx, events: readonly ReceivedEvent[]) => Promise<void>; readonly handler?: never };

export type ConsumerOptions = Handler & {
  readonly pool: Pool;
  readonly service: ServiceName;
  /** A row of contracts' `consumerTable`. */
  readonly durable: string;
  readonly broker: BrokerPort;
  readonly requestReplay: RequestReplay;
  /** What the source has not signed, be it a message or an answer, is never handled. */
  readonly verify: VerifyEvent;
  readonly log: Log;
  /** Unique per process. */
  readonly holder: string;
  /** Called after each commit, e.g. to wake whoever works on what was written. */
  readonly afterCommit?: () => void;
  /** Called in the transaction that parks an event, e.g. to record that it happened. */
  readonly onParked?: OnParked;
  /** The delivery that parks an event; 5. */
  readonly maxDeliveries?: number;
  /** Events of one transaction: 1 with `handler`, 256 with `handleBatch`. */
  readonly maxBatch?: number;
  /** A handler that takes longer is rolled back and counts as failed; 30,000. */
  readonly handlerTimeoutMs?: number;
  /**
   * How long what has arrived waits for more, so that one transaction takes it all; 0. Five times as long while events come by the hundreds. For
   * whoever nobody waits for.
   */
  readonly gatherMs?: number;
  /** How often it looks whether it is behind; 2,000. */
  readonly tickMs?: number;
  /** How long a process that froze keeps others out; 5,000. */
  readonly leaseMs?: number;
};

export type ConsumerState = 'stopped' | 'standby' | 'running' | 'failing';

export type ConsumerStatus = {
  readonly state: ConsumerState;
  readonly position?: { readonly epoch: number; readonly logseq: number };
  /** The newest announcement of the source. */
  readonly head?: Head;
  readonly lastError?: string;
};

export type Consumer = { readonly start: () => void; readonly stop: () => Promise<void>; readonly status: () => ConsumerStatus };

const retryMs = 500;
const leastPull = 500;
/** From so many events at once on, a consumer that gathers does so for longer. */
const manyEvents = 256;
const busyGathers = 5;

const definitionOf = (service: ServiceName, durable: string): ConsumerDefinition => {
  const definition = consumerTable.find((row) => row.durable === durable && row.service === service);
  if (definition) return definition;
  throw new EventStoreError('event_store.consumer_unknown', `"${durable}" is no consumer of ${service}; add it to contracts`, {
    durable,
    service,
  });
};

const handleOf = (options: Handler): Handle =>
  options.handleBatch ??
  (async (tx, events) => {
    for (const event of events) await options.handler(tx, event);
  });

/**
 * Handles a source's events in order, each exactly once as far as this service's database is concerned: the handler's transaction moves the
 * position. What JetStream remembers does not matter; what it does not have, the source is asked for. Handlers write to the transaction and do
 * nothing else: whatever they start elsewhere may be started again.
 *
 * When the source's database was restored, events come under a new epoch; those that it got back keep their ids and numbers, so nothing
 * comes twice, but an event may have been handled that the source has lost.
 *
 * @throws {EventStoreError} `event_store.consumer_unknown`
 */
export const createConsumer = (options: ConsumerOptions): Consumer => {
  const {
    pool,
    service,
    durable,
    broker,
    requestReplay,
    verify,
    log,
    holder,
    tickMs = 2_000,
    leaseMs = 5_000,
    handlerTimeoutMs = 30_000,
    gatherMs = 0,
  } = options;
  const definition = definitionOf(service, durable);
  const { source } = definition;
  const whole = definition.filter === `evt.${source}.>`;
  const handle = handleOf(options);
  const maxBatch = options.maxBatch ?? (options.handleBatch ? 256 : 1);
  const maxDeliveries = options.maxDeliveries ?? 5;
  const { afterCommit, onParked } = options;
  const deliver = createDelivery({
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
  });
  const catchUp = createCatchUp({ pool, definition, whole, log, requestReplay, verify, deliver });
  const pause = createPause();
  const inbox = createInbox({ broker, definition, log, pullSize: Math.max(leastPull, maxBatch), pause });
  const reader = createReader({ pool, definition, whole, verify, log, inbox, deliver, catchUp });
  const heads = createHeadWatch(broker, source);
  const lease = createLease({
    pool,
    name: `consumer:${durable}`,
    holder,
    ttlMs: leaseMs,
    log,
    onTaken: pause.wake,
    // Nothing reaches a process that is cut off from the broker; another one may not be.
    isFit: () => broker.connection() !== undefined,
  });

  let ending = new AbortController();
  let running: Promise<void> | undefined;
  let endObserving: (() => void) | undefined;
  let endReconnects: (() => void) | undefined;
  let status: ConsumerStatus = { state: 'stopped' };
  let tickedAt = 0;
  let lastCount = 0;

  const report = (state: ConsumerState, lastError?: string) => {
    const position = reader.position();
    const head = heads.head();
    status = {
      state,
      ...(position ? { position: { epoch: position.epoch, logseq: position.logseq } } : {}),
      ...(head ? { head } : {}),
      ...(lastError === undefined ? {} : { lastError }),
    };
  };

  const tick = async (): Promise<void> => {
    tickedAt = performance.now();
    while (await replayRequested(pool, durable, handle, handlerTimeoutMs)) afterCommit?.();
    await reader.look(heads.head(), ending.signal);
  };

  const standBy = async (): Promise<void> => {
    reader.forget();
    await inbox.stop();
    report('standby');
    if (!ending.signal.aborted) await pause.wait(leaseMs / 3);
  };

  /** What arrives soon goes along, unless a whole batch is there. */
  const gather = async (): Promise<void> => {
    if (gatherMs === 0 || inbox.isEmpty() || inbox.size() >= maxBatch) return;
    const deadline = performance.now() + (lastCount >= manyEvents ? gatherMs * busyGathers : gatherMs);
    while (inbox.size() < maxBatch && performance.now() < deadline && !ending.signal.aborted)
      await delay(Math.min(gatherMs, deadline - performance.now()), undefined, { signal: ending.signal }).catch(() => undefined);
  };

  const round = async (): Promise<void> => {
    if (!lease.held()) return standBy();
    heads.listen();
    inbox.start();
    await reader.load();
    await gather();
    const taken = inbox.take(Math.max(maxBatch, 64));
    lastCount = taken.length;
    await reader.receive(taken, ending.signal);
    if (performance.now() - tickedAt >= tickMs) await tick();
    report('running');
    const untilTick = Math.max(1, tickMs - (performance.now() - tickedAt));
    if (inbox.isEmpty() && !ending.signal.aborted) await pause.wait(untilTick);
  };

  const failed = async (error: unknown): Promise<void> => {
    reader.forget();
    const reason = messageOf(error);
    if (status.state !== 'failing') log.warn({ consumer: durable, reason }, 'a consumer starts again from its position');
    report('failing', reason);
    if (!ending.signal.aborted) await pause.wait(retryMs);
  };

  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) await round().catch(failed);
  };

  return {
    start: () => {
      if (running) return;
      ending = new AbortController();
      lease.start();
      endReconnects = broker.onReconnect(() => void lease.refresh().catch(() => undefined)); // it is tried again soon
      endObserving = observeConsumer(pool, durable, () => status);
      running = run();
    },
    stop: async () => {
      ending.abort();
      endObserving?.();
      endReconnects?.();
      pause.wake();
      await running;
      running = undefined;
      heads.stop();
      await inbox.stop();
      await lease.stop();
      report('stopped');
    },
    status: () => status,
  };
};
