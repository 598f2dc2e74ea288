import { environment as environments, exchange as exchanges, type Environment } from '@latchkey/contracts';
import { Option, type Command } from 'commander';
import { CliError } from '../errors.js';
import type { KeyToVerify, Verified } from '../keys/verify-keys.js';
import { createOutput, table } from '../output.js';
import { keysGroup } from './keys-group.js';

type Options = {
  readonly user?: string;
  readonly exchange?: string;
  readonly report?: string;
  readonly environment: Environment;
  readonly gateway?: string;
  readonly json?: boolean;
};

async function* one(key: KeyToVerify): AsyncGenerator<KeyToVerify> {
  yield key;
}

const summary = (results: readonly Verified[]): string => {
  const good = results.filter(({ ok }) => ok).length;
  const rows = results.flatMap((each) => (each.ok ? [] : [[each.userId, each.exchange, each.code, each.message]]));
  return [
    `${good} of ${results.length} verified`,
    ...(rows.length === 0 ? [] : ['', table(['user', 'exchange', 'code', 'what to do'], rows)]),
  ].join('\n');
};

export const keysVerifyCommand = (program: Command): void => {
  keysGroup(program)
    .command('verify')
    .description("ask the exchange what a user's key may do, as the user would; or every key that an import took")
    .option('--user <id>', 'whose key')
    .addOption(new Option('--exchange <name>', 'where it is good').choices(exchanges.options))
    .option('--report <path>', 'what `keys import --report` wrote: each key that is in the vault after it')
    .addOption(new Option('--environment <name>', 'which site of the exchange').choices(environments.options).default('live'))
    .option('--gateway <url>', "the running stack's unless given; LATCHKEY_TOKEN then holds the user's token")
    .option('--json', 'answer as JSON')
    .action(async ({ user, exchange, report, environment, gateway, json = false }: Options) => {
      const single = user !== undefined && exchange !== undefined && report === undefined;
      if (!single && (report === undefined || user !== undefined || exchange !== undefined))
        throw new CliError('cli.bad_option', 'say whose key: --user and --exchange, or --report <file of an import>');
      const [{ importedKeys }, { gatewayUrl, userToken }, { verifyKeys }] = await Promise.all([
        import('../keys/imported-keys.js'),
        import('../keys/user-token.js'),
        import('../keys/verify-keys.js'),
      ]);
      const keys = single ? one({ userId: user, exchange }) : importedKeys(report ?? '');
      const output = createOutput(json);
      const results: Verified[] = [];
      for await (const result of verifyKeys(keys, { gateway: gatewayUrl(gateway), tokenOf: userToken, environment })) {
        results.push(result);
        if (results.length % 25 === 0) output.progress(`${results.length} keys asked for`);
      }
      output.answer(results, summary(results));
      if (results.some(({ ok }) => !ok)) process.exitCode = 1;
    });
};
