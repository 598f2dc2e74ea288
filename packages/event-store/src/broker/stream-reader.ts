import { decodeEnvelope, streamOf, type Envelope, type PublishingService } from '@latchkey/contracts';
import { JetStreamApiError, jetstreamManager, type JetStreamManager, type SeqMsgRequest } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { StreamView } from '../domain/comparison.js';

const streamNotFound = 10_059;
// nats.js lets a request to a server that has just died run into its time-out: until then nothing is repaired.
const apiTimeoutMs = 2_000;

/** What a service reads of its own stream; all of it is answered by the stream's leader. */
export type StreamReader = {
  /** The stream as it is now; nothing when it does not exist. */
  readonly view: () => Promise<(StreamView & { readonly maxAgeMs: number }) | undefined>;
  /** The `logseq` that was stored before the first message that somebody deleted from inside the stream. */
  readonly logseqBeforeHole: () => Promise<number>;
  /** The first event stored at or after a sequence. */
  readonly eventFrom: (sequence: number) => Promise<{ readonly sequence: number; readonly envelope: Envelope } | undefined>;
};

/** @throws {ContractError} `contracts.envelope_invalid` when the stream holds something that is not ours: nothing is published behind it */
export const createStreamReader = async (connection: NatsConnection, service: PublishingService): Promise<StreamReader> => {
  const manager: JetStreamManager = await jetstreamManager(connection, { checkAPI: false, timeout: apiTimeoutMs });
  const stream = streamOf(service);
  const subjects = `evt.${service}.>`;

  const info = async (details = false) => {
    try {
      return await manager.streams.info(stream, details ? { deleted_details: true } : {});
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === streamNotFound) return undefined;
      throw error;
    }
  };

  return {
    view: async () => {
      const found = await info();
      if (!found) return undefined;
      const last = await manager.streams.getMessage(stream, { last_by_subj: subjects });
      const { created, state, config } = found;
      const envelope = last ? decodeEnvelope(last.data) : undefined;
      return {
        created,
        lastSeq: Math.max(state.last_seq, last?.seq ?? 0),
        deleted: state.num_deleted ?? 0, // left out by the server when there are none
        maxAgeMs: Math.floor(config.max_age / 1e6),
        ...(envelope ? { last: { epoch: envelope.epoch, logseq: envelope.logseq, id: envelope.id } } : {}),
      };
    },
    logseqBeforeHole: async () => {
      const found = await info(true);
      const holes = (found?.state.deleted ?? []).filter((seq) => seq > (found?.state.first_seq ?? 0));
      if (holes.length === 0) return 0;
      const before = await manager.streams.getMessage(stream, { seq: Math.min(...holes) - 1 });
      return before ? decodeEnvelope(before.data).logseq : 0;
    },
    eventFrom: async (sequence) => {
      // The server takes both together; the types of nats.js know that of its direct API only.
      const request = { seq: sequence, next_by_subj: subjects } as SeqMsgRequest;
      const found = await manager.streams.getMessage(stream, request);
      return found ? { sequence: found.seq, envelope: decodeEnvelope(found.data) } : undefined;
    },
  };
};
