import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames, type ServiceName } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import { repositoryRoot } from '@latchkey/local-stack';
import type { Command } from 'commander';
import { CliError } from '../errors.js';
import { createOutput } from '../output.js';

const reader =
  (folder: string) =>
  (name: string): string => {
    try {
      return readFileSync(join(folder, name), 'utf8').trim();
    } catch (cause) {
      const message = `"${name}" cannot be read (${messageOf(cause)}); make the secrets first: latchkey secrets create --into <folder>`;
      throw new CliError('cli.bad_option', message, { name }, { cause });
    }
  };

export const databasesCommand = (program: Command): void => {
  program
    .command('databases')
    .description("the services' databases on a Postgres that somebody runs")
    .command('prepare')
    .description('make roles and databases and run what migrations are new; safe to run again, also while services work')
    .requiredOption('--secrets <folder>', 'the folder `migrate` that `secrets create` made')
    .option('--root <folder>', 'holds infra/postgres and services/<name>/migrations', repositoryRoot)
    .option('--json', 'answer as JSON')
    .action(async ({ secrets, root, json = false }: { secrets: string; root: string; json?: boolean }) => {
      const secret = reader(secrets);
      const { prepareDatabases } = await import('../databases/prepare-databases.js');
      await prepareDatabases({
        adminUrl: secret('admin-url'),
        auditorPassword: secret('auditor-password'),
        passwords: Object.fromEntries(serviceNames.map((name) => [name, secret(`${name}-password`)])) as Record<
          ServiceName,
          string
        >,
        root,
      });
      createOutput(json).answer({ prepared: serviceNames }, `databases are up to date: ${serviceNames.join(', ')}`);
    });
};
