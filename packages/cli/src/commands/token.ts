import { readStackFile, stackHome } from '@latchkey/local-stack';
import { Option, type Command } from 'commander';
import { createOutput } from '../output.js';
import { issueToken, roles, type Role } from '../token.js';

export const tokenCommand = (program: Command): void => {
  program
    .command('token')
    .description('print a token (JWT) of the embedded issuer for the running stack')
    .requiredOption('--user <id>', 'whose token it is')
    .addOption(new Option('--role <role>', 'what it may do').choices([...roles]).default('user'))
    .option('--ttl <duration>', 'how long it is good for, e.g. 15m, 12h', '12h')
    .option('--json', 'answer as JSON')
    .action(async ({ user, role, ttl, json = false }: { user: string; role: Role; ttl: string; json?: boolean }) => {
      const token = await issueToken(readStackFile(stackHome().stackFile), user, role, ttl);
      createOutput(json).answer({ token }, token);
    });
};
