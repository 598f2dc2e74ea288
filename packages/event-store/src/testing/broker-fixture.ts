import {
  consumerTable,
  decodeEnvelope,
  inboxPrefixOf,
  streamOf,
  type Envelope,
  type NatsIdentity,
  type PublishingService,
} from '@latchkey/contracts';
import { AckPolicy, DeliverPolicy, DiscardPolicy, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { connect, nanos, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import type { BrokerPort } from '../broker/broker-port.js';

export type SpecBroker = BrokerPort & {
  /** Also while it is trying to reconnect. */
  readonly raw: NatsConnection;
  readonly close: () => Promise<void>;
};

/**
 * What `connectNats` of @latchkey/messaging gives, as far as this package sees it.
 *
 * @param as who connects, on a server with the shipped permissions
 */
export const specBroker = async (
  url: string,
  as?: { readonly identity: NatsIdentity; readonly seed: string },
): Promise<SpecBroker> => {
  const who = as && {
    authenticator: nkeyAuthenticator(new TextEncoder().encode(as.seed)),
    inboxPrefix: inboxPrefixOf(as.identity),
  };
  const raw = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 50, reconnectJitter: 0, ...who });
  const listeners = new Set<() => void>();
  let up = true;
  let waiting: ((connection: NatsConnection) => void)[] = [];
  const watch = async () => {
    for await (const { type } of raw.status()) {
      if (type === 'disconnect') up = false;
      if (type !== 'reconnect') continue;
      up = true;
      for (const resolve of waiting) resolve(raw);
      waiting = [];
      for (const listener of listeners) listener();
    }
  };
  const watching = watch();
  return {
    raw,
    connection: () => (up ? raw : undefined),
    connected: () => (up ? Promise.resolve(raw) : new Promise((resolve) => waiting.push(resolve))),
    onReconnect: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      await raw.close();
      await watching;
    },
  };
};

/** The provisioner's settings, but for the rights to delete: some specs are about what happens when somebody has them. */
export const makeStream = async (connection: NatsConnection, service: PublishingService = 'gateway'): Promise<void> => {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  await manager.streams.add({
    name: streamOf(service),
    subjects: [`evt.${service}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(7 * 24 * 60 * 60 * 1_000),
    max_bytes: 64 * 1_024 ** 2,
    allow_atomic: true,
  });
};

export const makeDurable = async (connection: NatsConnection, durable: string, ackWaitMs = 30_000): Promise<void> => {
  const definition = consumerTable.find((row) => row.durable === durable)!;
  const manager = await jetstreamManager(connection, { checkAPI: false });
  await manager.consumers.add(streamOf(definition.source), {
    durable_name: durable,
    filter_subject: definition.filter,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    max_ack_pending: 2_000,
  });
};

/** Everything that the stream holds, in its order. */
export const streamContent = async (connection: NatsConnection, service: PublishingService = 'gateway') => {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const stream = streamOf(service);
  const { state } = await manager.streams.info(stream);
  const found: {
    readonly seq: number;
    readonly envelope: Envelope;
    readonly text: string;
    readonly headers: readonly string[];
  }[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
    const message = await manager.streams.getMessage(stream, { seq });
    if (!message) continue;
    const headers = [...message.header].map(([name]) => name);
    found.push({ seq, envelope: decodeEnvelope(message.data), text: message.string(), headers });
  }
  return found;
};

export const logseqsOf = async (connection: NatsConnection, service: PublishingService = 'gateway'): Promise<readonly number[]> =>
  (await streamContent(connection, service)).map(({ envelope }) => envelope.logseq);

/** 1, 2, … n */
export const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);
