import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { envelope } from '../envelope.js';
import type { ServiceName } from '../services.js';

/** Is the service there, and which of its parts work? */
export const healthQuery = (callers: readonly ServiceName[]) =>
  ({
    callers,
    signed: false,
    deadlineMs: 1_000,
    request: z.strictObject({}),
    reply: z.strictObject({ status: z.enum(['ok', 'degraded']), parts: z.record(z.string(), z.enum(['ok', 'away'])) }),
  }) as const satisfies RpcDefinition;

/** Events `from`–`to` by `logseq` (both included) of one epoch, at most 200 a call: the relay's answer to a consumer with a gap. */
export const replayCommand = (callers: readonly ServiceName[]) =>
  ({
    callers,
    signed: false,
    deadlineMs: 5_000,
    request: z.strictObject({
      epoch: z.int().positive(),
      from: z.int().positive(),
      to: z.int().positive(),
      filter: z.string().optional().describe('a subject filter, as a consumer has it'),
    }),
    reply: z.strictObject({ epoch: z.int().positive(), head: z.int().nonnegative(), events: z.array(envelope) }),
  }) as const satisfies RpcDefinition;

/** A page of a list; cursors are opaque. */
export const page = { cursor: z.string().max(200).optional(), limit: z.int().min(1).max(200) };
