export { EmbeddedServersError, type EmbeddedServersErrorCode } from './errors.js';
export { freePort } from './free-port.js';
export { startPostgres, type RunningPostgres, type StartPostgresOptions, type StopMode } from './postgres/start-postgres.js';
export { postgresArguments, type ServerSettingsOptions } from './postgres/server-settings.js';
export type { Exit, LogSink } from './server-process.js';
export { findNatsServer, natsSources, type FindNatsServerOptions, type NatsServer } from './nats/find-nats-server.js';
export {
  createNatsIdentity,
  natsEnvironment,
  natsIdentityNames,
  natsPublicKey,
  nkeyVariable,
  type NatsIdentity,
} from './nats/identities.js';
export type { Source as NatsSource } from './nats/sources/source.js';
export { startNats, type RunningNats, type StartNatsOptions } from './nats/start-nats.js';
export { minimumNatsVersion } from './nats/version.js';
export { applyMigrations, type ApplyMigrationsOptions } from './databases/apply-migrations.js';
export {
  ensureDatabases,
  type DatabaseUrls,
  type EnsureDatabasesOptions,
  type ServiceDatabase,
} from './databases/ensure-databases.js';
export { auditorRole, databaseNameOf, migratorRoleOf, urlFor } from './databases/names.js';
