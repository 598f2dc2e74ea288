import type { PublishingService } from '@latchkey/contracts';
import { isAppError, messageOf } from '@latchkey/kernel';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Pool } from 'pg';
import type { BrokerPort } from '../broker/broker-port.js';
import type { StreamMemory } from '../broker/newest.js';
import type { Checkpoint } from '../domain/comparison.js';
import { claimLeases, releaseLeases, renewLeases, type HeldLease } from '../lease/leases.js';
import type { Log } from '../log.js';
import type { SignEvent, VerifyEvent } from '../signing.js';
import { createPause } from '../pause.js';
import { asDatabaseError, isTransient } from '../postgres/database-error.js';
import { observeRelay } from '../telemetry/lag.js';
import { logHead, type NumberedRow } from './log-reader.js';
import { hasUnnumbered, numberEvents, underLease } from './numbering.js';
import { replayEvents, signPage, type ReplayReply, type ReplayRequest } from './replay.js';
import { startEpoch, type OnImported } from './restore.js';
import { assertTrustsItself } from './self-trust.js';
import { createSight } from './sight.js';
import { announceHead, compareWithStream, publishNext } from './stream-copy.js';

export type RelayState =
  | 'stopped'
  | 'standby'
  | 'waiting_for_broker'
  | 'waiting_for_stream'
  | 'running'
  | 'database_restored'
  | 'failing';

export type RelayStatus = {
  readonly state: RelayState;
  /** The newest number that the stream is known to hold; absent while it was not compared. */
  readonly published?: number;
  /** Log and stream were compared, here or by the relay that holds the lease, since this one last lost sight of the database. */
  readonly compared: boolean;
  readonly lastError?: string;
};

export type RelayOptions = {
  readonly pool: Pool;
  readonly service: PublishingService;
  readonly broker: BrokerPort;
  /** By the service's message key. */
  readonly sign: SignEvent;
  /** What the stream holds and is not verified counts for nothing; the service's own key must be among the trusted ones. */
  readonly verify: VerifyEvent;
  readonly log: Log;
  /** Unique per process. */
  readonly holder: string;
  /** How long a relay that froze keeps others out; 3,000. */
  readonly leaseMs?: number;
  /** How soon an append is seen when nobody called `wake`; 50. */
  readonly pollMs?: number;
  /**
   * How long what `wake` told of waits for more; 0: published at once. For a source whose readers nobody waits for: fewer, larger batches cost
   * it and them a fraction. Four times as long while events come by the hundreds.
   */
  readonly gatherMs?: number;
  /** How often the stream is compared with the database and the head announced; 2,000. */
  readonly tickMs?: number;
  /** Called in the transaction that puts lost events back into a restored database: projections belong here. */
  readonly onImported?: OnImported;
};

export type Relay = {
  readonly start: () => void;
  /** Something was committed: publish it now instead of at the next poll. */
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
  readonly status: () => RelayStatus;
  /** The handler of `cmd.<service>.replay`; any process of the service can answer. */
  readonly replay: (request: ReplayRequest) => Promise<ReplayReply>;
};

const batchSize = 1_000;
/** From so many events at once on, a relay that gathers does so for longer. */
const manyEvents = 256;
const busyGathers = 4;
const retryMs = 500;
// A restore a day for years; beyond it a claim would only use the numbers up.
const maxEpochsLost = 10_000;

/**
 * Gives committed events their numbers and copies them to the service's stream, as the one process that holds the lease. Numbers are given
 * only while the stream was compared since the last error, so that a restored database cannot give a number twice.
 */
export const createRelay = ({
  pool,
  service,
  broker,
  sign,
  verify,
  log,
  holder,
  leaseMs = 3_000,
  pollMs = 50,
  gatherMs = 0,
  tickMs = 2_000,
  onImported,
}: RelayOptions): Relay => {
  const name = `relay:${service}`;
  const pause = createPause();
  const sight = createSight(pool, service);
  const memory: StreamMemory = {};
  let status: Omit<RelayStatus, 'compared'> = { state: 'stopped' };
  let stopping = false;
  let running: Promise<void> | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let endReconnects: (() => void) | undefined;
  let endObserving: (() => void) | undefined;
  let lease: HeldLease | undefined;
  let known: Checkpoint | undefined;
  // The stream holds all that is numbered: as long as it does, only what this relay numbers itself can be new.
  let complete = false;
  // Something was appended here since the last round, and how much that was.
  let woken = false;
  let lastCount = 0;
  let comparedAt = 0;
  let reconnected = false;
  let renewedAt = 0;
  // What a consumer has seen beyond our head, in our epoch or a later one.
  let claimed: { readonly epoch: number; readonly logseq: number } | undefined;

  const become = (state: RelayState) => {
    if (state !== status.state) log.info({ relay: service, state }, 'relay');
    status = { state, ...(known ? { published: known.logseq } : {}) };
  };

  const giveUpLease = async () => {
    if (lease) await releaseLeases(pool, [lease]);
    lease = undefined;
    known = undefined;
  };

  const keepLease = async (): Promise<boolean> => {
    if (!lease) {
      [lease] = await claimLeases(pool, { names: [name], holder, ttlMs: leaseMs });
      known = undefined;
      renewedAt = performance.now();
    } else if (performance.now() - renewedAt > leaseMs / 3) {
      [lease] = await renewLeases(pool, { leases: [lease], holder, ttlMs: leaseMs });
      renewedAt = performance.now();
    }
    return lease !== undefined;
  };

  const relayLease = () => ({ lease: lease as HeldLease, holder, leaseMs });

  const honourClaim = async () => {
    const claim = claimed;
    claimed = undefined;
    if (!claim) return;
    const own = await logHead(pool);
    if (claim.epoch > own.epoch + maxEpochsLost) return; // no history of ours
    const real = claim.epoch > own.epoch || (claim.epoch === own.epoch && claim.logseq > own.head);
    if (!real) return;
    log.error(
      { service, claim, own },
      'a consumer has seen more than this database holds: it was restored, and a new epoch begins',
    );
    await underLease(pool, relayLease(), (tx) => startEpoch(tx, claim.epoch + 1, own.head + 1));
  };

  const compareNow = async (connection: NatsConnection): Promise<boolean> => {
    const onAhead = () => {
      sight.lost();
      become('database_restored');
    };
    await assertTrustsItself(service, sign, verify);
    if (reconnected) known = undefined; // it may be another server, or an old copy of its store
    reconnected = false;
    const context = { pool, service, connection, sign, verify, memory, log, relay: relayLease(), onImported, onAhead };
    complete = false;
    known = await compareWithStream(context, known);
    comparedAt = performance.now();
    if (!known) return false;
    await honourClaim();
    await announceHead({ pool, service, connection }, known);
    sight.seen();
    return true;
  };

  const publishAll = async (connection: NatsConnection, fresh: readonly NumberedRow[]) => {
    const last = Number(fresh.at(-1)?.logseq ?? 0);
    while (known && !stopping && !(complete && known.logseq >= last)) {
      const before = known;
      known = await publishNext({ pool, service, connection, sign }, known, fresh);
      complete ||= known === before;
      if (!(await keepLease())) return;
    }
  };

  /** Whoever was woken need not ask first. While an appender gathers, nobody looks for what it will tell of. */
  const numberNext = async (): Promise<readonly NumberedRow[]> => {
    const told = woken;
    woken = false;
    if (gathering && !told && lastCount >= manyEvents) return [];
    if (!told && !(await hasUnnumbered(pool))) return [];
    const fresh = await numberEvents(pool, relayLease(), batchSize, known?.logseq);
    lastCount = fresh.length;
    woken ||= fresh.length === batchSize;
    return fresh;
  };

  /** One round; true when there is more to do at once. */
  const round = async (): Promise<boolean> => {
    const connection = broker.connection();
    if (!connection) {
      await giveUpLease(); // another process may have a connection
      become('waiting_for_broker');
      return false;
    }
    if (!(await keepLease())) {
      await sight.standBy();
      become('standby');
      return false;
    }
    if ((!known || reconnected || performance.now() - comparedAt >= tickMs) && !(await compareNow(connection))) {
      if (status.state === 'database_restored') return true;
      become('waiting_for_stream');
      return false;
    }
    become('running');
    const fresh = await numberNext();
    if (fresh.length > 0) renewedAt = performance.now();
    await publishAll(connection, fresh);
    become('running');
    return fresh.length === batchSize;
  };

  const failed = (error: unknown) => {
    known = undefined; // whatever happened, look before going on
    if (isTransient(asDatabaseError(error, 'work'))) sight.lost();
    if (isAppError(error, 'event_store.lease_lost')) lease = undefined;
    const refused = isAppError(error, 'event_store.publish_refused'); // the stream was not where we thought: normal after a take-over
    const level = refused || status.state === 'failing' ? 'debug' : 'warn';
    log[level]({ relay: service, reason: messageOf(error) }, 'the relay compares again');
    status = { state: 'failing', lastError: messageOf(error) };
  };

  const wakeNow = () => {
    woken = true;
    pause.wake();
  };
  const wake = () => {
    if (gatherMs === 0) return wakeNow();
    gathering ??= setTimeout(
      () => {
        gathering = undefined;
        wakeNow();
      },
      lastCount >= manyEvents ? gatherMs * busyGathers : gatherMs,
    );
  };

  const run = async () => {
    while (!stopping) {
      let waitMs = pollMs;
      try {
        if (await round()) continue;
        if (status.state !== 'running') waitMs = Math.min(retryMs, leaseMs / 3);
      } catch (error) {
        failed(error);
        waitMs = retryMs;
      }
      if (!stopping) await pause.wait(waitMs);
    }
  };

  return {
    start: () => {
      if (running) return;
      stopping = false;
      endReconnects = broker.onReconnect(() => {
        reconnected = true;
        pause.wake();
      });
      endObserving = observeRelay(pool, service, () => status);
      running = run();
    },
    wake,
    stop: async () => {
      stopping = true;
      clearTimeout(gathering);
      gathering = undefined;
      pause.wake();
      endReconnects?.();
      endObserving?.();
      await running;
      running = undefined;
      await giveUpLease().catch((error: unknown) =>
        log.debug({ relay: service, reason: messageOf(error) }, 'the lease runs out by itself'),
      );
      become('stopped');
    },
    status: () => ({ ...status, compared: sight.compared() }),
    replay: async (request) => {
      const page = await replayEvents(pool, service, request);
      const beyond = request.epoch > page.epoch || (request.epoch === page.epoch && request.from > page.head + 1);
      if (beyond) claimed = { epoch: request.epoch, logseq: request.from - 1 };
      return signPage(sign, service, page);
    },
  };
};
