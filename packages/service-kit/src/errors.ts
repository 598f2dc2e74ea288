import { AppError } from '@latchkey/kernel';

export type ServiceKitErrorCode =
  /** Another process listens on the port that was asked for. */
  | 'service.port_in_use'
  /** The address cannot be listened on. */
  | 'service.cannot_listen'
  /** Postgres did not answer at start. */
  | 'service.database_unreachable'
  /** Postgres answers, and is set up in a way that would break a promise. */
  | 'service.database_settings'
  /** A part that a health check asked for does not work at the moment. */
  | 'service.part_away';

/** What keeps a service from starting, apart from its configuration. */
export class ServiceKitError extends AppError<ServiceKitErrorCode> {}
