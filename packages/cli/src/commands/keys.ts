import type { Command } from 'commander';
import { createOutput } from '../output.js';

const registerStatus = (keys: Command): void => {
  keys
    .command('status')
    .description('which master keys there are, how many rows are under each, how much of its life each has used; sealing keys')
    .option('--json', 'answer as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { asOperator } = await import('../operator/operator-client.js');
      const { statusText } = await import('../keys/status-text.js');
      const status = await asOperator(({ rpc }) => rpc.call('qry.key-vault.keys', {}));
      createOutput(json).answer(status, statusText(status));
    });
};

const registerRotate = (keys: Command): void => {
  keys
    .command('rotate')
    .description(
      'wrap everything that is stored under the key that writes now; online, and may be stopped and run again at any time',
    )
    .option('--to <key id>', 'only if the key vaults write with this one; `keys status` says which they do')
    .option('--batch <rows>', 'rows per call', '1000')
    .option('--json', 'answer as JSON')
    .action(async ({ to, batch, json = false }: { to?: string; batch: string; json?: boolean }) => {
      const { rotate } = await import('../keys/rotate.js');
      const { summaryOf } = await import('../keys/status-text.js');
      const output = createOutput(json);
      const result = await rotate({ to, batch, progress: output.progress });
      output.answer(result, summaryOf(result));
      if (result.unavailable > 0) process.exitCode = 1;
    });
};

const registerRetire = (keys: Command): void => {
  keys
    .command('retire')
    .description('take a master key out of use for good, once nothing is under it; the key itself is then yours to destroy')
    .argument('<key id>')
    .option('--json', 'answer as JSON')
    .action(async (keyId: string, { json = false }: { json?: boolean }) => {
      const { retire } = await import('../keys/retire.js');
      const { afterRetiring } = await import('../keys/status-text.js');
      const retired = await retire(keyId);
      createOutput(json).answer(retired, afterRetiring(retired));
    });
};

/** One command each: what the operator does with the master keys of the vault. Further ones are registered in the list. */
export const keysCommand = (program: Command): void => {
  const keys = program.command('keys').description('the master keys under which API secrets are stored (docs/keys.md)');
  for (const register of [registerStatus, registerRotate, registerRetire]) register(keys);
};
