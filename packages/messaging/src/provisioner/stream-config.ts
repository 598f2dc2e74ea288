import { streamOf, type PublishingService } from '@latchkey/contracts';
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

const dayMs = 24 * 60 * 60 * 1_000;
const maxBytes = 8 * 1_024 ** 3;

/** What a stream must be; the server fills in the rest. */
export type StreamSettings = Pick<
  StreamConfig,
  | 'name'
  | 'subjects'
  | 'retention'
  | 'storage'
  | 'discard'
  | 'max_age'
  | 'max_bytes'
  | 'max_msgs'
  | 'num_replicas'
  | 'deny_delete'
  | 'deny_purge'
  | 'allow_direct'
  | 'allow_rollup_hdrs'
> & { readonly allow_atomic: boolean };

/**
 * The stream of one service's events: files, 7 days or 8 GiB, the oldest go first, atomic batches.
 *
 * Postgres keeps the events for good, so the limits bound how long a consumer may be away before it has to ask for its gap. No direct reads:
 * a replica may answer them with the past, and the relay compares the last stored event with its checkpoint.
 *
 * @param options.replicas 1, or 3 in production
 */
export const streamConfig = (service: PublishingService, { replicas }: { readonly replicas: number }): StreamSettings => ({
  name: streamOf(service),
  subjects: [`evt.${service}.>`],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_age: nanos(7 * dayMs),
  max_bytes: maxBytes,
  max_msgs: -1,
  num_replicas: replicas,
  deny_delete: true,
  deny_purge: true,
  allow_direct: false,
  allow_rollup_hdrs: false,
  allow_atomic: true,
});
