import { readStackFile, stackHome } from '@latchkey/local-stack';
import type { Command } from 'commander';
import { requestOk } from '../http.js';
import { createOutput } from '../output.js';
import { issueToken } from '../token.js';

type Created = { readonly strategy: { readonly id: string; readonly name: string; readonly webhookUrl: string } };

export const strategyCommand = (program: Command): void => {
  const strategy = program.command('strategy').description('strategies: what alerts come in for and what users follow');
  strategy
    .command('create')
    .description('make a strategy; its webhook address is shown this once')
    .requiredOption('--user <id>', 'the owner')
    .requiredOption('--name <name>', 'what followers see')
    .option('--json', 'answer as JSON')
    .action(async ({ user, name, json = false }: { user: string; name: string; json?: boolean }) => {
      const stack = readStackFile(stackHome().stackFile);
      const token = await issueToken(stack, user, 'user', '5m');
      const { strategy: made } = (await requestOk(`${stack.gateway.url}/api/strategies`, {
        method: 'POST',
        token,
        body: { name },
      })) as unknown as Created;
      createOutput(json).answer(
        made,
        [
          `strategy     ${made.id}`,
          `name         ${made.name}`,
          `webhook URL  ${made.webhookUrl}`,
          '',
          'The address holds the token and is not shown again.',
        ].join('\n'),
      );
    });
};
