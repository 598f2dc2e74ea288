import type { Command } from 'commander';
import { CliError } from '../errors.js';

export const brokerCommand = (program: Command): void => {
  program
    .command('broker')
    .description('the streams and durable consumers on NATS')
    .command('provision')
    .description('make the streams and durables that the services need; they have no right to do so themselves')
    .option('--watch', 'stay, and make them again within seconds when a server lost them')
    .option('--replicas <count>', 'copies of each stream: 3 in production', '1')
    .option('--json', 'answer as JSON')
    .action(async ({ watch = false, replicas, json = false }: { watch?: boolean; replicas: string; json?: boolean }) => {
      const copies = Number(replicas);
      if (![1, 3, 5].includes(copies))
        throw new CliError('cli.bad_option', `"${replicas}" replicas are not possible; use 1, 3 or 5`);
      const { provision } = await import('../broker/provision.js');
      await provision({ watch, replicas: copies, json });
    });
};
