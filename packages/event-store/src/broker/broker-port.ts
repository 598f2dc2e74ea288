import type { NatsConnection } from '@nats-io/transport-node';

/** What relay and consumers need of a broker connection; the `Broker` of @latchkey/messaging is one. */
export type BrokerPort = {
  /** The connection, while there is one. */
  readonly connection: () => NatsConnection | undefined;
  readonly connected: () => Promise<NatsConnection>;
  /** Calls back after every reconnect; the result ends that. */
  readonly onReconnect: (listener: () => void) => () => void;
};
