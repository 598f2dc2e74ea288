import { consumerTable, type PublishingService, type ServiceName } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import type { JsMsg } from '@nats-io/jetstream';
import type { Pool } from 'pg';
import type { BrokerPort } from '../broker/broker-port.js';
import { advance, arrival, confirm, isAhead, isBehind, type Position } from '../domain/position.js';
import { EventStoreError } from '../errors.js';
import { createLease } from '../lease/lease.js';
import type { Log } from '../log.js';
import { createPause } from '../pause.js';
import type { Tx } from '../postgres/transaction.js';
import type { ReplayReply, ReplayRequest } from '../relay/replay.js';
import { replayRequested } from './dead-letters.js';
import { createDelivery, type Handle } from './delivery.js';
import { createHeadWatch, type Head } from './head-watch.js';
import { createInbox } from './inbox.js';
import { loadPosition, savePosition, type StoredPosition } from './position-store.js';
import { decode, placeOf, received, type ReceivedEvent } from './received-event.js';

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
  /** `cmd.<source>.replay`. */
  readonly requestReplay: (source: PublishingService, request: ReplayRequest) => Promise<ReplayReply>;
  readonly log: Log;
  /** Unique per process. */
  readonly holder: string;
  /** Called after each commit, e.g. to wake whoever works on what was written. */
  readonly afterCommit?: () => void;
  /** The delivery that parks an event; 5. */
  readonly maxDeliveries?: number;
  /** Events of one transaction: 1 with `handler`, 256 with `handleBatch`. */
  readonly maxBatch?: number;
  /** A handler that takes longer is rolled back and counts as failed; 30,000. */
  readonly handlerTimeoutMs?: number;
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
const everything = Number.MAX_SAFE_INTEGER;

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
  const { pool, service, durable, broker, requestReplay, log, holder, tickMs = 2_000, leaseMs = 5_000, handlerTimeoutMs = 30_000 } = options;
  const definition = consumerTable.find((row) => row.durable === durable && row.service === service);
  if (!definition) throw new EventStoreError('event_store.consumer_unknown', `"${durable}" is no consumer of ${service}; add it to contracts`, { durable, service });
  const { source, filter } = definition;
  const whole = filter === `evt.${source}.>`;
  const handle: Handle = options.handleBatch ?? (async (tx, events) => {
    for (const event of events) await options.handler(tx, event);
  });
  const maxBatch = options.maxBatch ?? (options.handleBatch ? 256 : 1);
  const deliver = createDelivery({ pool, definition, whole, handle, log, maxBatch, maxDeliveries: options.maxDeliveries ?? 5, handlerTimeoutMs, afterCommit: options.afterCommit });
  const pause = createPause();
  const inbox = createInbox({ broker, definition, log, pause });
  const heads = createHeadWatch(broker, source);
  const lease = createLease({ pool, name: `consumer:${durable}`, holder, ttlMs: leaseMs, log, onTaken: pause.wake });

  let ending = new AbortController();
  let running: Promise<void> | undefined;
  let position: StoredPosition | undefined;
  let status: ConsumerStatus = { state: 'stopped' };
  let tickedAt = 0;
  // The gap that could not be filled yet, and what the last tick saw.
  let missing = 0;
  let lastTick: { readonly head: Head; readonly revision: number } | undefined;

  const report = (state: ConsumerState, lastError?: string) => {
    const head = heads.head();
    status = {
      state,
      ...(position ? { position: { epoch: position.epoch, logseq: position.logseq } } : {}),
      ...(head ? { head } : {}),
      ...(lastError === undefined ? {} : { lastError }),
    };
  };

  const moveTo = async (from: StoredPosition, to: Position): Promise<StoredPosition> =>
    to.epoch === from.epoch && to.logseq === from.logseq ? from : savePosition(pool, durable, from, to);

  /** Handles everything that the source has up to a number, in pages; an empty page means that there was nothing left. */
  const catchUp = async (start: StoredPosition, through: number): Promise<StoredPosition> => {
    let at = start;
    for (;;) {
      const request = { epoch: at.epoch, from: at.logseq + 1, to: Math.max(through, at.logseq + 1), ...(whole ? {} : { filter }) };
      const reply = await requestReplay(source, request);
      const events = reply.events.map(received).filter((event) => arrival(at, placeOf(event), whole) !== 'duplicate');
      const before = at;
      at = await deliver(at, events, ending.signal);
      position = at;
      if (ending.signal.aborted) return at;
      const last = reply.events.at(-1);
      at = await moveTo(at, last ? confirm(at, last.epoch, last.logseq) : confirm(at, reply.epoch, Math.min(request.to, reply.head)));
      position = at;
      if (!last) return at;
      if (at === before) throw new EventStoreError('event_store.log_diverged', `${source} answered only what "${durable}" has handled`, { durable, ...request });
    }
  };

  /** The events that can be handled now, and where the first gap ends. */
  const sort = (messages: readonly JsMsg[], from: Position) => {
    const answered: JsMsg[] = [];
    const next: ReceivedEvent[] = [];
    let at = from;
    for (const message of messages) {
      let event: ReceivedEvent;
      try {
        event = decode(message.data);
      } catch (error) {
        log.error({ consumer: durable, subject: message.subject, reason: messageOf(error) }, 'a message on an event subject is none of ours; if it hides one, that shows as a gap');
        answered.push(message);
        continue;
      }
      const kind = arrival(at, placeOf(event), whole);
      if (kind === 'gap') return { answered, next, gap: event.envelope.logseq };
      if (kind === 'next') {
        next.push(event);
        at = advance(at, placeOf(event), whole);
      }
      answered.push(message);
    }
    return { answered, next, gap: 0 };
  };

  const receive = async (messages: readonly JsMsg[]): Promise<void> => {
    let rest = messages;
    while (rest.length > 0 && position && !ending.signal.aborted) {
      const { answered, next, gap } = sort(rest, position);
      try {
        position = await deliver(position, next, ending.signal);
      } catch (error) {
        inbox.putBack(rest);
        throw error;
      }
      if (ending.signal.aborted) return; // unanswered ones come again
      for (const message of answered) message.ack();
      rest = rest.slice(answered.length);
      if (gap > 0) {
        missing = Math.max(missing, gap);
        position = await catchUp(position, gap);
        missing = 0;
      }
    }
  };

  /** Nothing came that would move us, and yet there is more (or, at a restored source, less): JetStream does not know, the source does. */
  const tick = async (): Promise<void> => {
    while (await replayRequested(pool, durable, handle, handlerTimeoutMs)) options.afterCommit?.();
    const head = heads.head();
    if (!position || !head) return;
    const still = lastTick?.revision === position.revision && inbox.isEmpty();
    const before = lastTick?.head;
    lastTick = { head, revision: position.revision };
    if (missing > 0) position = await catchUp(position, missing);
    else if (still && before && (isBehind(position, before) || isAhead(position, before))) position = await catchUp(position, everything);
    missing = 0;
  };

  const round = async (): Promise<void> => {
    if (!lease.held()) {
      position = undefined;
      await inbox.stop();
      report('standby');
      return pause.wait(leaseMs / 3);
    }
    heads.listen();
    inbox.start();
    position ??= await loadPosition(pool, definition);
    await receive(inbox.take(Math.max(maxBatch, 64)));
    if (performance.now() - tickedAt >= tickMs) {
      tickedAt = performance.now();
      await tick();
    }
    report('running');
    if (inbox.isEmpty() && !ending.signal.aborted) await pause.wait(Math.max(1, tickMs - (performance.now() - tickedAt)));
  };

  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        await round();
      } catch (error) {
        position = undefined; // a commit may have happened all the same: read it
        if (status.state !== 'failing') log.warn({ consumer: durable, reason: messageOf(error) }, 'a consumer starts again from its position');
        report('failing', messageOf(error));
        if (!ending.signal.aborted) await pause.wait(retryMs);
      }
    }
  };

  return {
    start: () => {
      if (running) return;
      ending = new AbortController();
      lease.start();
      running = run();
    },
    stop: async () => {
      ending.abort();
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
