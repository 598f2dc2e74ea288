export { EventStoreError, type EventStoreErrorCode } from './errors.js';
export type { Log } from './log.js';
export { isTransient } from './postgres/database-error.js';
export { assertDurable, createPool, type PoolOptions } from './postgres/pool.js';
export { withTransaction, type Db, type TransactionOptions, type Tx } from './postgres/transaction.js';
export { createAggregate, type Aggregate, type AggregateOptions, type Decision } from './store/aggregate.js';
export { createEventStore, type EventStore, type EventStoreOptions } from './store/event-store.js';
export type { Append, EventMetadata, LoadedStream, RecordedEvent } from './store/recorded-event.js';
