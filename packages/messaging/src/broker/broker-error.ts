import { AppError } from '@latchkey/kernel';

export type BrokerErrorCode =
  /** The handle was closed: nothing will be connected any more. */
  | 'broker.closed'
  /** The seed is no user nkey, or the CA file cannot be read. */
  | 'broker.config_invalid'
  /** The server is too old. */
  | 'broker.server_too_old'
  /** A stream, consumer or server setting is not what a promise needs. */
  | 'broker.settings_differ'
  /** The server refuses to make a stream or a durable, e.g. for lack of space or of servers for its copies. */
  | 'broker.provision_refused'
  /** The server refuses this identity something that the table gives it: its permissions are stale. */
  | 'broker.forbidden';

/** What is wrong between us and the NATS servers. A broker that is merely away is no error: it is waited for. */
export class BrokerError extends AppError<BrokerErrorCode> {}
