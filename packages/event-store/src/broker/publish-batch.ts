import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { newId } from '@latchkey/kernel';
import { EventStoreError } from '../errors.js';

/** One message of a batch. */
export type OutgoingMessage = {
  readonly subject: string;
  readonly payload: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
};

type Acknowledgement = {
  readonly seq?: number;
  readonly count?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
};

const headersOf = (message: OutgoingMessage, more: Readonly<Record<string, string>>): MsgHdrs => {
  const all = headers();
  for (const [name, value] of Object.entries({ ...message.headers, ...more })) all.set(name, value);
  return all;
};

/**
 * Stores messages on one stream, all or none, in one round trip: the server keeps a batch aside until its last message asks for the commit.
 * (nats.js' own batch waits for an answer to the first message too, and hides the server's reason for refusing the commit.) No
 * `Nats-Msg-Id`: after a purge it would make a repair a "duplicate" that is not stored.
 *
 * @param lastSequence the stream's last sequence; the server refuses the batch when it is another one
 * @returns the sequence of the last message
 * @throws {EventStoreError} `event_store.publish_refused`, with the server's code in `details.brokerCode`; nats.js errors when nobody answers
 */
export const publishBatch = async (
  connection: NatsConnection,
  messages: readonly OutgoingMessage[],
  lastSequence: number,
  timeoutMs = 5_000,
): Promise<number> => {
  const last = messages.at(-1);
  if (!last) return lastSequence;
  const id = newId();
  const single = messages.length === 1;
  const more = (i: number): Readonly<Record<string, string>> => ({
    ...(i === 0 ? { 'Nats-Expected-Last-Sequence': String(lastSequence) } : {}),
    ...(single ? {} : { 'Nats-Batch-Id': id, 'Nats-Batch-Sequence': String(i + 1) }),
  });
  messages
    .slice(0, -1)
    .forEach((message, i) => connection.publish(message.subject, message.payload, { headers: headersOf(message, more(i)) }));
  const commit = single ? {} : { 'Nats-Batch-Commit': '1' };
  const reply = await connection.request(last.subject, last.payload, {
    timeout: timeoutMs,
    headers: headersOf(last, { ...more(messages.length - 1), ...commit }),
  });
  const { seq, count, error } = reply.json<Acknowledgement>();
  if (error || seq === undefined || (!single && count !== messages.length)) {
    const reason = error?.description ?? `${count ?? 0} of ${messages.length} messages were stored`;
    throw new EventStoreError('event_store.publish_refused', `the broker did not store a batch: ${reason}`, {
      brokerCode: error?.err_code,
      lastSequence,
    });
  }
  return seq;
};
