import { messageOf } from '@latchkey/kernel';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagingLog } from '../log.js';
import type { Broker } from './broker.js';
import { BrokerError } from './broker-error.js';
import { connectOptions, type ConnectNatsOptions } from './connect-options.js';

type Waiting = { readonly resolve: (connection: NatsConnection) => void; readonly reject: (error: BrokerError) => void };

const firstWaitMs = 100;
const longestWaitMs = 2_000;

const closedError = () => new BrokerError('broker.closed', 'the connection to NATS was closed by this process');

/** Tries until a server takes us. nats.js's own `waitOnFirstConnect` cannot be ended from outside and says nothing of why. */
const connectAtLast = async (
  options: NodeConnectionOptions,
  log: MessagingLog,
  signal: AbortSignal,
): Promise<NatsConnection | undefined> => {
  let told: string | undefined;
  for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await connect(options);
    } catch (error) {
      const reason = messageOf(error);
      // Once per reason: a broker that stays away must not fill the disk with its absence.
      if (reason !== told) log.warn({ reason }, 'no connection to NATS yet; trying on');
      told = reason;
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
};

/**
 * A handle that connects in the background and for ever; never waits for a broker.
 *
 * @throws {BrokerError} `broker.config_invalid`
 */
export const connectNats = async ({ log, ...options }: ConnectNatsOptions & { readonly log: MessagingLog }): Promise<Broker> => {
  const natsOptions = connectOptions(options);
  const ending = new AbortController();
  const listeners = new Set<(connection: NatsConnection) => void>();
  let waiting: Waiting[] = [];
  let connection: NatsConnection | undefined;
  let up = false;

  const cameUp = (live: NatsConnection): void => {
    up = true;
    const resolved = waiting;
    waiting = [];
    for (const { resolve } of resolved) resolve(live);
    for (const listener of listeners) listener(live);
  };

  const watch = async (live: NatsConnection): Promise<void> => {
    for await (const status of live.status()) {
      if (status.type === 'disconnect') {
        up = false;
        log.warn({ server: status.server }, 'NATS is away');
      } else if (status.type === 'reconnect') {
        log.info({ server: status.server }, 'NATS is back');
        cameUp(live);
      } else if (status.type === 'error') {
        log.error({ reason: status.error.message }, 'NATS refused something');
      }
    }
    up = false;
  };

  const run = async (): Promise<void> => {
    const live = await connectAtLast(natsOptions, log, ending.signal);
    if (!live) return;
    if (ending.signal.aborted) return live.close();
    connection = live;
    log.info({ server: live.getServer(), version: live.info?.version }, 'connected to NATS');
    const watching = watch(live);
    cameUp(live);
    await watching;
  };
  const running = run().catch((error: unknown) => log.error({ err: error }, 'the connection to NATS ended'));

  const liveConnection = (): NatsConnection | undefined => (up && connection && !connection.isClosed() ? connection : undefined);

  return {
    identity: options.identity,
    connection: liveConnection,
    isConnected: () => liveConnection() !== undefined,
    connected: () => {
      const live = liveConnection();
      if (live) return Promise.resolve(live);
      if (ending.signal.aborted) return Promise.reject(closedError());
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    onReconnect: (listener) => {
      listeners.add(listener);
      const live = liveConnection();
      if (live) listener(live);
      return () => listeners.delete(listener);
    },
    close: async () => {
      ending.abort();
      for (const { reject } of waiting) reject(closedError());
      waiting = [];
      listeners.clear();
      // A flush waits for the server's answer, which a broker that is away never gives.
      if (liveConnection())
        await Promise.race([connection?.flush().catch(() => undefined), sleep(1_000, undefined, { ref: false })]);
      await connection?.close();
      await running;
    },
  };
};
