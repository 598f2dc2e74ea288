import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { envelope } from '../envelope.js';
import type { CallerName } from '../services.js';
import { instant } from '../vocabulary.js';

/** Is the service there, and which of its parts work? */
export const healthQuery = (callers: readonly CallerName[]) =>
  ({
    callers,
    signed: false,
    deadlineMs: 1_000,
    request: z.strictObject({}),
    reply: z.strictObject({ status: z.enum(['ok', 'degraded']), parts: z.record(z.string(), z.enum(['ok', 'away'])) }),
  }) as const satisfies RpcDefinition;

/** What a service's consumers could not handle and nobody has replayed; the events themselves stay in its database. */
export const deadLettersQuery = {
  callers: ['operator'],
  signed: false,
  deadlineMs: 2_000,
  request: z.strictObject({}),
  reply: z.strictObject({
    consumers: z.array(
      z.strictObject({
        consumer: z.string().regex(/^[a-z-]{1,30}$/),
        count: z.int().positive(),
        oldest: z.strictObject({
          eventId: z.uuid(),
          parkedAt: instant,
          deliveries: z.int().positive(),
          reason: z.string().max(500).describe('as an operator reads it'),
        }),
      }),
    ),
  }),
} as const satisfies RpcDefinition;

const replayRequest = z.strictObject({
  epoch: z.int().positive(),
  from: z.int().positive(),
  to: z.int().positive(),
  filter: z.string().optional().describe('a subject filter, as a consumer has it'),
});

/**
 * A page of a source's log. It repeats the question, so that it answers no other one: all that the source has from `from` on and that fits the
 * filter, up to the last event of the page; an empty page says that there is nothing up to `to` or `head`, whichever comes first.
 */
export const replayPage = z.strictObject({
  request: replayRequest,
  epoch: z.int().positive(),
  head: z.int().nonnegative(),
  events: z.array(envelope).max(200),
});
export type ReplayPage = z.output<typeof replayPage>;

/**
 * Events `from`–`to` by `logseq` (both included) of one epoch, at most 200 a call: the relay's answer to a consumer with a gap. The answer is
 * the text of a {@link replayPage} with the source's signature over it, as a whole: an event left out would be as bad as one made up.
 */
export const replayCommand = (callers: readonly CallerName[]) =>
  ({
    callers,
    signed: false,
    deadlineMs: 5_000,
    request: replayRequest,
    reply: z.strictObject({ text: z.string(), signature: z.string() }),
  }) as const satisfies RpcDefinition;

/** A page of a list; cursors are opaque. */
export const page = { cursor: z.string().max(200).optional(), limit: z.int().min(1).max(200) };
