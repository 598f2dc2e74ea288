import type { FreezeState } from '@latchkey/contracts';
import type { Command } from 'commander';
import { createOutput } from '../output.js';

type Options = { readonly reason: string; readonly json?: boolean };

const sayOf = (state: FreezeState): string =>
  state.frozen
    ? `frozen since ${state.since}: ${state.reason}. It signs nothing but cancels; keys can be saved and deleted.`
    : 'not frozen: the vault signs';

const answer = (reply: { readonly changed: boolean; readonly state: FreezeState }, json: boolean): void =>
  createOutput(json).answer(reply, reply.changed ? sayOf(reply.state) : `nothing changed; ${sayOf(reply.state)}`);

const freeze = async ({ reason, json = false }: Options): Promise<void> => {
  const { asOperator } = await import('../operator/operator-client.js');
  answer(await asOperator(({ rpc, context }) => rpc.call('cmd.key-vault.freeze', { reason, context })), json);
};

/** Ends the freeze that is in force now, and no later one, whoever may repeat the command. */
const thaw = async ({ reason, json = false }: Options): Promise<void> => {
  const { asOperator } = await import('../operator/operator-client.js');
  const reply = await asOperator(async ({ rpc, context }) => {
    const state = await rpc.call('qry.key-vault.freeze', {});
    if (!state.frozen) return { changed: false, state };
    return rpc.call('cmd.key-vault.thaw', { reason, since: state.since, context });
  });
  answer(reply, json);
};

export const vaultCommand = (program: Command): void => {
  const vault = program.command('vault').description('the key vault, as its operator');
  vault
    .command('freeze')
    .description('stop all signing but cancels, in every instance at once; keys can still be saved and deleted')
    .requiredOption('--reason <text>', 'why, for the record; at most 200 characters, no names and no secrets')
    .option('--json', 'answer as JSON')
    .action(freeze);
  vault
    .command('thaw')
    .description('let the vault sign again; alerts that are still fresh are traded')
    .requiredOption('--reason <text>', 'why, for the record; at most 200 characters, no names and no secrets')
    .option('--json', 'answer as JSON')
    .action(thaw);
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
