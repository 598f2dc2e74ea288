import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { replayCommand } from './shared.js';

export const gatewayRpcs = {
  'cmd.gateway.replay': replayCommand(['trade-executor', 'audit']),
  'qry.gateway.origin': {
    callers: ['audit'],
    signed: true,
    deadlineMs: 2_000,
    request: z.strictObject({ originId: z.uuid() }),
    reply: z.strictObject({ address: z.string().nullable(), userAgent: z.string().nullable(), salt: z.string().nullable() }),
  },
} as const satisfies Readonly<Record<string, RpcDefinition>>;
