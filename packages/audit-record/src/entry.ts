import type { Envelope } from '@latchkey/contracts';
import { canonicalJson, sha256Hex } from '@latchkey/kernel';

/**
 * One row of the record. `payload` is the canonical JSON (RFC 8785) that the hash covers; every other column but the hashes is copied from
 * it for queries, and the reader checks that each copy is true.
 */
export type RecordEntry = {
  readonly seq: number;
  /** UTC, ISO 8601 with milliseconds. */
  readonly recordedAt: string;
  readonly service: string;
  readonly epoch: number;
  readonly logseq: number;
  readonly eventId: string;
  readonly type: string;
  readonly at: string;
  readonly actor: string;
  /** Whom the event concerns: `data.userId`, else `data.ownerId`, else nobody. */
  readonly userId: string | null;
  readonly traceId: string | null;
  readonly payload: string;
  /** 64 hex digits each. */
  readonly previousHash: string;
  readonly hash: string;
};

/** What stands before the first entry. */
export const genesisHash = sha256Hex('latchkey audit record, version 1');

/** The newest entry's place and hash; where the next one goes on. */
export type ChainHead = { readonly seq: number; readonly hash: string };

/** An empty record. */
export const emptyChain: ChainHead = { seq: 0, hash: genesisHash };

/** SHA-256 over the previous hash (as 64 hex digits) and the payload. */
export const entryHash = (previousHash: string, payload: string): string => sha256Hex(`${previousHash}\n${payload}`);

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The columns that follow from an event; derived in one place, so that writer and reader cannot disagree. */
export const columnsOf = (
  seq: number,
  recordedAt: string,
  event: Envelope,
): Omit<RecordEntry, 'payload' | 'previousHash' | 'hash'> => {
  const data = (event.data ?? {}) as Readonly<Record<string, unknown>>;
  return {
    seq,
    recordedAt,
    service: event.source.replace(/^\/latchkey\//, ''),
    epoch: event.epoch,
    logseq: event.logseq,
    eventId: event.id,
    type: event.type,
    at: event.time,
    actor: event.actor,
    userId: textOrNull(data['userId']) ?? textOrNull(data['ownerId']),
    traceId: event.traceparent ? event.traceparent.slice(3, 35) : null,
  };
};

/** The entries that `events` become behind `head`, in their order. */
export const chainEntries = (head: ChainHead, recordedAt: string, events: readonly Envelope[]): readonly RecordEntry[] => {
  let { seq, hash } = head;
  return events.map((event) => {
    seq += 1;
    const payload = canonicalJson({ seq, recordedAt, event });
    const previousHash = hash;
    hash = entryHash(previousHash, payload);
    return { ...columnsOf(seq, recordedAt, event), payload, previousHash, hash };
  });
};
