import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { serviceNames } from '@latchkey/contracts';
import { z } from 'zod';
import { LocalStackError } from './errors.js';

/** `stack.json`: how a running stack describes itself to tools and tests (DESIGN 9). It holds passwords, so only its user can read it. */
export const stackDescription = z.object({
  supervisor: z.object({ pid: z.int() }),
  venues: z.enum(['simulator', 'live']),
  gateway: z.object({ url: z.url() }),
  simulator: z.object({ binance: z.url(), bybit: z.url(), control: z.url() }).nullable(),
  nats: z.object({
    url: z.string(),
    monitor: z.url(),
    pid: z.int(),
    users: z.record(z.string(), z.object({ seedFile: z.string() })),
    caFile: z.string().optional().describe('of the authority of its certificate; on one machine it has none'),
  }),
  postgres: z.object({
    pid: z.int(),
    admin: z.string(),
    databases: z.record(z.enum(serviceNames), z.string()),
    auditor: z.record(z.enum(serviceNames), z.string()).describe('read-only, for `audit verify --complete`'),
  }),
  services: z.record(z.string(), z.object({ pid: z.int(), log: z.string() })),
  telemetry: z.object({ otlp: z.string().nullable() }),
  keys: z.object({
    folder: z.string(),
    issuer: z.string(),
    trusted: z.string(),
    operator: z.string().describe("the operator's message key"),
  }),
});
export type StackDescription = z.infer<typeof stackDescription>;

/** Replaces the file in one step, so that a reader never sees half of it. */
export const writeStackFile = (path: string, description: StackDescription): void => {
  writeFileSync(`${path}.next`, `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.next`, path);
};

export const removeStackFile = (path: string): void => rmSync(path, { force: true });

/**
 * Reads the description of the running stack.
 *
 * @throws {LocalStackError} `stack.not_running`, `stack.file_invalid`
 */
export const readStackFile = (path: string): StackDescription => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LocalStackError('stack.not_running', 'no stack is running here; start one with `npm start`', {}, { cause });
  }
  const parsed = stackDescription.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new LocalStackError(
      'stack.file_invalid',
      `"${path}" is not of this version; stop the stack and start it again`,
      {},
      { cause: parsed.error },
    );
  }
  return parsed.data;
};
