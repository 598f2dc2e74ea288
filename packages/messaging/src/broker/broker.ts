import type { NatsIdentity } from '@latchkey/contracts';
import type { NatsConnection } from '@nats-io/transport-node';

/** A connection to NATS that may not be there yet, or for the moment: services start and work without a broker. */
export type Broker = {
  readonly identity: NatsIdentity;
  /** The connection while it is up; `undefined` while the broker is away, and after {@link close}. */
  readonly connection: () => NatsConnection | undefined;
  /**
   * Waits until the connection is up.
   *
   * @throws {BrokerError} `broker.closed`
   */
  readonly connected: () => Promise<NatsConnection>;
  readonly isConnected: () => boolean;
  /**
   * Calls `listener` each time the connection has come up, the first time included (at once when it is up already).
   *
   * @returns takes the listener away
   */
  readonly onReconnect: (listener: (connection: NatsConnection) => void) => () => void;
  /** Sends what is buffered and closes. Waits for nobody: stop servers, relays and consumers first. */
  readonly close: () => Promise<void>;
};
