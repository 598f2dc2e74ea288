import { consumerTable } from '@latchkey/contracts';
import { listDeadLetters, requestDeadLetterReplay, type DeadLetter } from '@latchkey/event-store';
import { readStackFile, stackHome } from '@latchkey/local-stack';
import type { Command } from 'commander';
import { Pool } from 'pg';
import { CliError } from '../errors.js';
import { createOutput, table } from '../output.js';

const consumingServices = [...new Set(consumerTable.map(({ service }) => service))];

const inDatabases = async <T>(use: (pool: Pool) => Promise<readonly T[]>): Promise<readonly T[]> => {
  const { postgres } = readStackFile(stackHome().stackFile);
  const found: T[] = [];
  for (const service of consumingServices) {
    const pool = new Pool({ connectionString: postgres.databases[service], max: 1 });
    try {
      found.push(...(await use(pool)));
    } finally {
      await pool.end();
    }
  }
  return found;
};

const registerDead = (events: Command): void => {
  events
    .command('dead')
    .description('events that a consumer could not handle, and why')
    .option('--replayed', 'also those that were replayed')
    .option('--json', 'answer as JSON')
    .action(async ({ replayed = false, json = false }: { replayed?: boolean; json?: boolean }) => {
      const letters = await inDatabases((pool) => listDeadLetters(pool, { replayed }));
      const rows = letters.map(({ consumer, id, subject, deliveries, reason }) => [
        consumer,
        id,
        subject,
        String(deliveries),
        reason,
      ]);
      createOutput(json).answer(
        letters,
        rows.length === 0 ? 'none' : table(['consumer', 'event', 'subject', 'tries', 'reason'], rows),
      );
    });
};

const registerReplay = (events: Command): void => {
  events
    .command('replay')
    .description('hand dead letters to their consumer again; what a late event may do is decided as for any late event')
    .option('--id <event>', 'one event')
    .option('--all', 'all that are open')
    .option('--json', 'answer as JSON')
    .action(async ({ id, all = false, json = false }: { id?: string; all?: boolean; json?: boolean }) => {
      if ((id === undefined) === !all)
        throw new CliError('cli.bad_option', 'say which: --id <event>, or --all; `events dead` lists them');
      const requested = await inDatabases(async (pool): Promise<readonly DeadLetter[]> => {
        const letters = (await listDeadLetters(pool)).filter((letter) => all || letter.id === id);
        for (const letter of letters) await requestDeadLetterReplay(pool, letter.consumer, letter.id);
        return letters;
      });
      if (id !== undefined && requested.length === 0)
        throw new CliError('cli.bad_option', `no open dead letter has the id "${id}"; \`events dead\` lists them`);
      createOutput(json).answer(
        { requested: requested.map(({ consumer, id: event }) => ({ consumer, id: event })) },
        `${requested.length} handed back; they are handled within seconds`,
      );
    });
};

export const eventsCommand = (program: Command): void => {
  const events = program.command('events').description('events that could not be handled');
  registerDead(events);
  registerReplay(events);
};
