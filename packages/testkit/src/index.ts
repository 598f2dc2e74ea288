export { database, databaseOn, type DatabaseOptions, type SpecDatabase } from './database.js';
export { TestkitError } from './errors.js';
export { eventually, type EventuallyOptions } from './eventually.js';
export { messageKey, natsIdentity, type MessageKey } from './keys.js';
export { manualClock, type ManualClock } from './manual-clock.js';
export { nats, type NatsOptions, type SpecNats } from './nats.js';
export { ownPostgres, type OwnPostgres } from './own-postgres.js';
export { repositoryRoot } from './paths.js';
export { postgres, type SharedPostgres } from './postgres.js';
export { specFor, type Outcome } from './spec-for.js';
/** Property-based testing, in the one version that all specs use. */
export { default as fc } from 'fast-check';
