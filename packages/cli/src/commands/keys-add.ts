import { environment as environments, exchange as exchanges, type Environment, type ExchangeName } from '@latchkey/contracts';
import { readStackFile, stackHome } from '@latchkey/local-stack';
import { Option, type Command } from 'commander';
import { createOutput } from '../output.js';
import { keysGroup } from './keys-group.js';

type Options = {
  readonly user: string;
  readonly exchange: ExchangeName;
  readonly environment: Environment;
  readonly apiKey: string;
  readonly secretFile?: string;
  readonly gateway?: string;
  readonly trustedKeys?: string;
  readonly json?: boolean;
};

export const keysAddCommand = (program: Command): void => {
  keysGroup(program)
    .command('add')
    .description("save a user's API key; its secret is read from standard input and sealed to the vault on this machine")
    .requiredOption('--user <id>', 'whose key it is')
    .addOption(new Option('--exchange <name>', 'where it is good').choices(exchanges.options).makeOptionMandatory())
    .addOption(new Option('--environment <name>', 'which site of the exchange').choices(environments.options).default('live'))
    .requiredOption('--api-key <key>', 'the public half')
    .option('--secret-file <path>', 'read the secret from a file instead')
    .option('--gateway <url>', "the running stack's unless given; LATCHKEY_TOKEN then holds the user's token")
    .option('--trusted-keys <path>', "pinned message keys as JSON, at least the vault's; the stack's unless given")
    .option('--json', 'answer as JSON')
    .action(async ({ user, exchange, environment, apiKey, secretFile, gateway, trustedKeys, json = false }: Options) => {
      const [{ addKey }, { pinnedKeys }, { readSecret }, { gatewayUrl, userToken }] = await Promise.all([
        import('../keys/add-key.js'),
        import('../keys/pinned-keys.js'),
        import('../keys/read-secret.js'),
        import('../keys/user-token.js'),
      ]);
      const trusted = pinnedKeys(trustedKeys ?? readStackFile(stackHome().stackFile).keys.trusted);
      const token = await userToken(user);
      const secret = await readSecret(secretFile);
      const key = { userId: user, exchange, environment, apiKey, secret };
      const maskedKey = await addKey(key, { gateway: gatewayUrl(gateway), token, trusted });
      createOutput(json).answer(
        { user, exchange, environment, maskedKey },
        `saved ${maskedKey}; nothing trades with it before it was verified`,
      );
    });
};
