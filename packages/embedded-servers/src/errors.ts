import { AppError } from '@latchkey/kernel';

/** Every way in which an embedded server can fail to be there. The message says what to do. */
export type EmbeddedServersErrorCode =
  | 'embedded.postgres_binaries_missing'
  | 'embedded.postgres_root_refused'
  | 'embedded.postgres_init_failed'
  | 'embedded.postgres_version_mismatch'
  | 'embedded.postgres_already_running'
  | 'embedded.postgres_port_in_use'
  | 'embedded.postgres_password_rejected'
  | 'embedded.postgres_did_not_start'
  | 'embedded.nats_not_found'
  | 'embedded.nats_already_running'
  | 'embedded.nats_port_in_use'
  | 'embedded.nats_did_not_start'
  | 'embedded.infra_file_missing'
  | 'embedded.database_setup_failed'
  | 'embedded.migrations_missing'
  | 'embedded.migration_failed';

/** Thrown by everything in this package. */
export class EmbeddedServersError extends AppError<EmbeddedServersErrorCode> {}
