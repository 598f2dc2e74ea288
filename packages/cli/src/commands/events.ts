import type { Command } from 'commander';
import { CliError } from '../errors.js';
import { createOutput, table } from '../output.js';

const registerDead = (events: Command): void => {
  events
    .command('dead')
    .description('events that a consumer could not handle, and why')
    .option('--replayed', 'also those that were replayed')
    .option('--json', 'answer as JSON')
    .action(async ({ replayed = false, json = false }: { replayed?: boolean; json?: boolean }) => {
      const { deadLetters } = await import('../events/dead-letters.js');
      const letters = await deadLetters({ replayed });
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
      const { replayDeadLetters } = await import('../events/dead-letters.js');
      const requested = await replayDeadLetters(id);
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
