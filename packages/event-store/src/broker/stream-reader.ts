import { decodeEnvelope, streamOf, type Envelope, type PublishingService } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import {
  JetStreamApiError,
  jetstreamManager,
  type JetStreamManager,
  type SeqMsgRequest,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { StreamView } from '../domain/comparison.js';
import { isGenuine, type VerifyEvent } from '../signing.js';
import { newestSequence, type StreamMemory } from './newest.js';

const streamNotFound = 10_059;
// nats.js lets a request to a server that has just died run into its time-out: until then nothing is repaired.
const apiTimeoutMs = 2_000;

type StoredEvent = { readonly sequence: number; readonly envelope: Envelope };

/** What a service reads of its own stream; all of it is answered by the stream's leader. Messages that the service did not sign are passed over. */
export type StreamReader = {
  /** The stream as it is now; nothing when it does not exist. */
  readonly view: () => Promise<(StreamView & { readonly maxAgeMs: number }) | undefined>;
  /** The `logseq` that was stored before the first message that somebody deleted from inside the stream. */
  readonly logseqBeforeHole: () => Promise<number>;
  /** The first event stored at or after a sequence. */
  readonly eventFrom: (sequence: number) => Promise<StoredEvent | undefined>;
};

export type StreamReaderOptions = {
  readonly connection: NatsConnection;
  readonly service: PublishingService;
  readonly verify: VerifyEvent;
  /** Told of a message that is none of ours. */
  readonly onForeign: (message: { readonly sequence: number; readonly subject: string; readonly reason: string }) => void;
  /** Kept from one reader to the next. */
  readonly memory: StreamMemory;
};

export const createStreamReader = async (options: StreamReaderOptions): Promise<StreamReader> => {
  const { connection, service, verify, onForeign, memory } = options;
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

  const ours = async ({ seq: sequence, subject, data, header }: StoredMsg): Promise<StoredEvent | undefined> => {
    try {
      if (await isGenuine(verify, service, { subject, data, headers: header }))
        return { sequence, envelope: decodeEnvelope(data) };
      onForeign({ sequence, subject, reason: 'its signature does not fit' });
    } catch (error) {
      onForeign({ sequence, subject, reason: messageOf(error) });
    }
    return undefined;
  };

  const eventAt = async (sequence: number): Promise<StoredEvent | undefined> => {
    const message = await manager.streams.getMessage(stream, { seq: sequence });
    return message ? ours(message) : undefined;
  };

  /** The first of ours at or below a sequence. */
  const eventBefore = async (sequence: number, first: number): Promise<StoredEvent | undefined> => {
    for (let at = sequence; at >= Math.max(first, 1); at -= 1) {
      const found = await eventAt(at);
      if (found) return found;
    }
    return undefined;
  };

  return {
    view: async () => {
      const found = await info();
      if (!found) return undefined;
      const { created, state, config } = found;
      const newest = await newestSequence(
        { created, first: state.first_seq, last: state.last_seq },
        async (sequence) => (await eventAt(sequence))?.envelope,
        memory,
      );
      return {
        created,
        lastSeq: state.last_seq,
        deleted: state.num_deleted ?? 0, // left out by the server when there are none
        maxAgeMs: Math.floor(config.max_age / 1e6),
        ...(newest ? { last: { epoch: newest.epoch, logseq: newest.logseq, id: newest.id } } : {}),
      };
    },
    logseqBeforeHole: async () => {
      const found = await info(true);
      const first = found?.state.first_seq ?? 0;
      const holes = (found?.state.deleted ?? []).filter((seq) => seq > first);
      if (holes.length === 0) return 0;
      return (await eventBefore(Math.min(...holes) - 1, first))?.envelope.logseq ?? 0;
    },
    eventFrom: async (sequence) => {
      for (let from = sequence; ;) {
        // The server takes both together; the types of nats.js know that of its direct API only.
        const request = { seq: from, next_by_subj: subjects } as SeqMsgRequest;
        const message = await manager.streams.getMessage(stream, request);
        if (!message) return undefined;
        const event = await ours(message);
        if (event) return event;
        from = message.seq + 1;
      }
    },
  };
};
