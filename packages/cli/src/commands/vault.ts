import type { FreezeState } from '@latchkey/contracts';
import type { Command } from 'commander';
import { createOutput } from '../output.js';

type Options = { readonly reason: string; readonly json?: boolean };

const sayOf = (state: FreezeState): string =>
  state.frozen
    ? `frozen since ${state.since}: ${state.reason}. It signs nothing but cancels; keys can be saved and deleted.`
    : 'not frozen: the vault signs';

const turn = async (subject: 'cmd.key-vault.freeze' | 'cmd.key-vault.thaw', { reason, json = false }: Options): Promise<void> => {
  const { asOperator } = await import('../operator/operator-client.js');
  const reply = await asOperator(({ rpc, context }) => rpc.call(subject, { reason, context }));
  createOutput(json).answer(reply, reply.changed ? sayOf(reply.state) : `nothing changed; ${sayOf(reply.state)}`);
};

export const vaultCommand = (program: Command): void => {
  const vault = program.command('vault').description('the key vault, as its operator');
  vault
    .command('freeze')
    .description('stop all signing but cancels, in every instance at once; keys can still be saved and deleted')
    .requiredOption('--reason <text>', 'why, for the record; at most 200 characters, no names and no secrets')
    .option('--json', 'answer as JSON')
    .action((options: Options) => turn('cmd.key-vault.freeze', options));
  vault
    .command('thaw')
    .description('let the vault sign again; alerts that are still fresh are traded')
    .requiredOption('--reason <text>', 'why, for the record; at most 200 characters, no names and no secrets')
    .option('--json', 'answer as JSON')
    .action((options: Options) => turn('cmd.key-vault.thaw', options));
  vault
    .command('status')
    .description('whether the vault is frozen, since when, and why')
    .option('--json', 'answer as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { asOperator } = await import('../operator/operator-client.js');
      const state = await asOperator(({ rpc }) => rpc.call('qry.key-vault.freeze', {}));
      createOutput(json).answer(state, sayOf(state));
    });
};
