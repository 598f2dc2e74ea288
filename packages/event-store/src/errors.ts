import { AppError } from '@latchkey/kernel';

export type EventStoreErrorCode =
  /** A stream was not at the version the caller had read: read it again and decide again. */
  | 'event_store.version_conflict'
  /** One call appends to the same stream twice, so that its second expectation could never hold. */
  | 'event_store.stream_twice'
  /** An event that the contracts table does not give to this service, or whose data does not have the table's shape. */
  | 'event_store.event_refused'
  /** One event is larger than a broker message may safely be. */
  | 'event_store.event_too_large'
  /** Postgres is away or cut the connection. When `details.during` is `commit`, it is not known whether the work was stored. */
  | 'event_store.database_unavailable'
  /** A deadlock or serialization failure: the transaction was rolled back and may be run again. */
  | 'event_store.transaction_conflict'
  /** The work of a transaction did not end in time; it was rolled back. */
  | 'event_store.timeout'
  /** Another process holds the lease now: stop the work that it guarded. */
  | 'event_store.lease_lost'
  /** Postgres would acknowledge commits that a power cut takes back. */
  | 'event_store.not_durable'
  /** No dead letter has that id, or it was replayed already. */
  | 'event_store.dead_letter_not_found'
  /** The contracts table has no such durable for this service. */
  | 'event_store.consumer_unknown'
  /** Stream and database of one service contradict each other in a way that no import repairs. */
  | 'event_store.log_diverged'
  /** A source's answer to a replay is not signed by it, or answers another question: nothing of it was handled. */
  | 'event_store.replay_refused'
  /** The service's own message key is not among the keys that it trusts: nothing is published. */
  | 'event_store.own_key_untrusted'
  /** The grants were asked for something that is no role of a service. */
  | 'event_store.role_refused'
  /** The broker refused a publication, mostly because its stream is not where the relay thought: compare and go on from there. */
  | 'event_store.publish_refused';

/** Every error that this package throws on purpose. */
export class EventStoreError extends AppError<EventStoreErrorCode> {}
