import type { NatsConnection } from '@nats-io/transport-node';
import { BrokerError } from '../broker/broker-error.js';

// Atomic batches as the relay uses them, and `sync_interval: always` with its present meaning.
const minimum = [2, 14] as const;

/** @throws {BrokerError} `broker.server_too_old` */
export const checkServerVersion = ({ info }: Pick<NatsConnection, 'info'>): void => {
  const version = info?.version ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > minimum[0] || (major === minimum[0] && minor >= minimum[1])) return;
  const message = `the NATS server is version ${version}; ${minimum.join('.')} or newer is needed. Update it`;
  throw new BrokerError('broker.server_too_old', message, { found: version, minimum: minimum.join('.') });
};
