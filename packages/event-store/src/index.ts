export { EventStoreError, type EventStoreErrorCode } from './errors.js';
export type { Log } from './log.js';
export { isTransient } from './postgres/database-error.js';
export { assertDurable, createPool, type PoolOptions } from './postgres/pool.js';
export { withTransaction, type Db, type TransactionOptions, type Tx } from './postgres/transaction.js';
export { createAggregate, type Aggregate, type AggregateOptions, type Decision } from './store/aggregate.js';
export { createEventStore, type EventStore, type EventStoreOptions } from './store/event-store.js';
export type { Projection } from './store/append-under-leases.js';
export type { Append, EventMetadata, LoadedStream, RecordedEvent } from './store/recorded-event.js';
export { createGroupAppender, type AppendJob, type GroupAppenderOptions } from './store/group-appender.js';
export { eventStoreGrants } from './grants.js';
export { createLease, type Lease, type LeaseOptions } from './lease/lease.js';
export { assertLease, claimLeases, releaseLeases, renewLeases, type HeldLease } from './lease/leases.js';
export type { BrokerPort } from './broker/broker-port.js';
export { createRelay, type Relay, type RelayOptions, type RelayState, type RelayStatus } from './relay/relay.js';
export type { ReplayReply, ReplayRequest } from './relay/replay.js';
export { importEvents, type OnImported, type RestoreOptions } from './relay/restore.js';
export {
  createConsumer,
  type Consumer,
  type ConsumerOptions,
  type ConsumerState,
  type ConsumerStatus,
} from './consumer/consumer.js';
export { listDeadLetters, readDeadLetters, requestDeadLetterReplay, type DeadLetter } from './consumer/dead-letters.js';
export type { OnParked, ParkedEvent } from './consumer/delivery.js';
export { spanOf } from './telemetry/event-spans.js';
export type { SignEvent, VerifyEvent } from './signing.js';
export type { ReceivedEvent } from './consumer/received-event.js';
