import { readStackFile, stackHome } from '@latchkey/local-stack';
import type { Command } from 'commander';
import { request } from '../http.js';
import { createOutput, table } from '../output.js';
import { isAlive } from '../process.js';

type Part = { readonly name: string; readonly pid: number | undefined; readonly alive: boolean; readonly health: string | null };

const readParts = async () => {
  const stack = readStackFile(stackHome().stackFile);
  // It may be the part that is missing: the others are worth asking all the same.
  const { status, body } = await request(`${stack.gateway.url}/health/ready`).catch(() => ({
    status: 0,
    body: {} as Record<string, unknown>,
  }));
  const health = (body['parts'] ?? {}) as Record<string, string>;
  const processes = [
    ['postgres', stack.postgres.pid],
    ['nats', stack.nats.pid],
    ...Object.entries(stack.services).map(([name, { pid }]) => [name, pid] as const),
  ] as const;
  const parts = processes.map(([name, pid]): Part => ({ name, pid, alive: isAlive(pid), health: health[name] ?? null }));
  return {
    url: stack.gateway.url,
    venues: stack.venues,
    ready: status === 200,
    status: typeof body['status'] === 'string' ? body['status'] : 'away',
    http: status,
    parts,
  };
};

const run = async ({ json = false }: { json?: boolean }): Promise<void> => {
  const { attentionOf, attentionText, workText } = await import('../status/attention.js');
  const { readStanding } = await import('../status/read-standing.js');
  const { http, ...stack } = await readParts();
  // NATS may be what is missing: the parts above say so, and what is asked over it is then not known.
  const standing = await readStanding().catch(() => ({ work: 'away', deadLetters: {} }) as const);
  const attention = attentionOf(standing);
  const text = [
    `${stack.url}  ${stack.ready ? stack.status : http === 0 ? 'does not answer' : `not ready (${http})`}  venues: ${stack.venues}`,
    '',
    table(
      ['part', 'pid', 'process', 'health'],
      stack.parts.map(({ name, pid, alive, health }) => [name, String(pid), alive ? 'running' : 'gone', health ?? '']),
    ),
    '',
    workText(standing.work),
    attentionText(attention),
  ].join('\n');
  createOutput(json).answer({ ...stack, ...standing, attention }, text);
  if (!stack.ready) process.exitCode = 1;
};

export const statusCommand = (program: Command): void => {
  program
    .command('status')
    .description(
      'what runs, what works, and what needs attention: stuck trades, partitions without an owner, waits, dead letters',
    )
    .option('--json', 'answer as JSON')
    .action(run);
};
