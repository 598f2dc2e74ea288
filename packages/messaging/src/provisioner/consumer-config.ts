import type { ConsumerDefinition } from '@latchkey/contracts';
import { AckPolicy, DeliverPolicy, ReplayPolicy, type ConsumerConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

/** What a durable must be; the server fills in the rest. */
export type ConsumerSettings = Pick<
  ConsumerConfig,
  | 'durable_name'
  | 'ack_policy'
  | 'deliver_policy'
  | 'replay_policy'
  | 'ack_wait'
  | 'max_deliver'
  | 'max_ack_pending'
  | 'max_waiting'
> & { readonly filter_subject: string };

// Longer than any handler's transaction; an event whose handler died comes again after it.
const ackWaitMs = 30_000;

/**
 * A durable pull consumer of the table.
 *
 * `max_deliver` is unlimited: JetStream drops a message that was delivered too often without an answer, silently. Deliveries are counted in
 * Postgres instead. Where a consumer really stands is in its own database, too; this one may be made anew at any time.
 */
export const consumerConfig = ({ durable, filter }: ConsumerDefinition): ConsumerSettings => ({
  durable_name: durable,
  filter_subject: filter,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  replay_policy: ReplayPolicy.Instant,
  ack_wait: nanos(ackWaitMs),
  max_deliver: -1,
  // Several batches under way; more would only lengthen what comes again after a crash.
  max_ack_pending: 2_000,
  max_waiting: 64,
});
