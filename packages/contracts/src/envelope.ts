import type { EventId } from '@latchkey/kernel';
import { z } from 'zod';
import { ContractError } from './upcast.js';
import { hexDigest, instant, traceparent } from './vocabulary.js';

/**
 * What travels on `evt.*` and stands on the record: CloudEvents 1.0 attributes, and ours. `type` and `eventversion` name the row of the
 * event table. `logseq` is the service's own gap-free publication number within `epoch`; `prev` the `logseq` before it on the same
 * subject (0: the first), so that a consumer that sees only some subjects still sees a hole.
 */
export const envelope = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.uuid().transform((id) => id as EventId),
  source: z.string().regex(/^\/latchkey\/[a-z-]+$/),
  type: z.string(),
  eventversion: z.int().positive(),
  subject: z.string().startsWith('evt.'),
  time: instant,
  datacontenttype: z.literal('application/json'),
  streamid: z.string(),
  streamversion: z.int().positive(),
  correlationid: z.uuid(),
  causationid: z.uuid().optional(),
  traceparent: traceparent.optional(),
  actor: z.string(),
  originid: z.uuid().optional(),
  origincommitment: hexDigest.optional(),
  epoch: z.int().positive(),
  logseq: z.int().positive(),
  prev: z.int().nonnegative(),
  data: z.unknown(),
});
export type Envelope = z.output<typeof envelope>;

/**
 * Reads an envelope's bytes; the data inside is checked by `toLatest`.
 *
 * @throws {ContractError} `contracts.envelope_invalid`
 */
export const decodeEnvelope = (bytes: Uint8Array | string): Envelope => {
  try {
    return envelope.parse(JSON.parse(typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new ContractError(
      'contracts.envelope_invalid',
      'a message on an event subject is no envelope of ours; it was not handled',
      {},
      { cause },
    );
  }
};
