import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { instant, userId } from '../vocabulary.js';
import { deadLettersQuery, healthQuery, page } from './shared.js';

/** One entry of the record as a user or an auditor reads it. */
export const auditEntry = z.strictObject({
  seq: z.int().positive(),
  at: instant,
  service: z.string(),
  type: z.string(),
  actor: z.string(),
  userId: z.string().nullable().describe('whom it concerns'),
  eventId: z.uuid(),
  traceId: z.string().nullable(),
  hash: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditRpcs = {
  'qry.audit.health': healthQuery(['gateway']),
  'qry.audit.dead-letters': deadLettersQuery,
  'qry.audit.entries': {
    callers: ['gateway'],
    signed: true,
    deadlineMs: 2_000,
    request: z.strictObject({ userId: userId.optional().describe('absent: everybody, for auditors'), ...page }),
    reply: z.strictObject({ entries: z.array(auditEntry), nextCursor: z.string().nullable() }),
  },
} as const satisfies Readonly<Record<string, RpcDefinition>>;
