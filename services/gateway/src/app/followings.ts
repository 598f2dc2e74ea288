import type { Following, PreviewedTrade, RpcRequestInput, Signal } from '@latchkey/contracts';
import type { StrategyId } from '@latchkey/kernel';
import type { Caller } from './caller.js';
import { commandContextOf, type UserRequest } from './command-context.js';
import { readAlert } from '../domain/alert/read-alert.js';
import { AlertError, refusal } from './errors.js';
import type { Origins, Rpc, Strategies, StrategyRow } from './ports.js';

type Deps = { readonly rpc: Rpc; readonly strategies: Pick<Strategies, 'find'>; readonly origins: Pick<Origins, 'record'> };

export type FollowSettings = Pick<
  RpcRequestInput<'cmd.trade-executor.set-following'>,
  'exchange' | 'environment' | 'marketType' | 'sizing' | 'enabled' | 'shared' | 'leverage' | 'limits'
>;
export type FollowingOf = { readonly following: Following; readonly strategy: Pick<StrategyRow, 'id' | 'name'> };

export type Preview = FollowingOf & {
  readonly signal: Signal;
  readonly warnings: readonly string[];
  readonly trades: readonly PreviewedTrade[];
};

/** Follow settings are the executor's; the gateway knows strategies. Whoever knows a strategy's id may follow it: the id is the invitation. */
export const createFollowings = ({ rpc, strategies, origins }: Deps) => {
  const contextOf = commandContextOf(origins);
  const known = async (id: StrategyId): Promise<StrategyRow> => {
    const row = await strategies.find(id);
    if (!row) throw refusal('strategy.not_found');
    return row;
  };

  return {
    /** In force for every signal received after the answer. */
    set: async (request: UserRequest, strategyId: StrategyId, settings: FollowSettings): Promise<FollowingOf> => {
      const { deleted, id, name } = await known(strategyId);
      if (deleted) throw refusal('strategy.not_found');
      const { userId } = request.caller;
      const context = await contextOf(request);
      const { following } = await rpc.call('cmd.trade-executor.set-following', { strategyId, userId, ...settings, context });
      return { following, strategy: { id, name } };
    },

    get: async ({ userId }: Caller, strategyId: StrategyId): Promise<FollowingOf> => {
      const { id, name } = await known(strategyId);
      const { following } = await rpc.call('qry.trade-executor.following', { strategyId, userId });
      if (!following) throw refusal('following.not_found');
      return { following, strategy: { id, name } };
    },

    /** What the caller would trade if this alert came now; nothing is stored or traded. */
    preview: async ({ userId }: Caller, strategyId: StrategyId, alert: string): Promise<Preview> => {
      const { id, name } = await known(strategyId);
      const read = readAlert(alert);
      if (!read.ok) throw new AlertError(read.refusal);
      const { signal, warnings } = read.value;
      const { following, trades } = await rpc.call('qry.trade-executor.preview', { userId, strategyId, signal });
      if (!following) throw refusal('following.not_found');
      return { following, strategy: { id, name }, signal, warnings, trades };
    },

    remove: async (request: UserRequest, strategyId: StrategyId): Promise<void> => {
      await known(strategyId);
      const context = await contextOf(request);
      const { userId } = request.caller;
      const { removed } = await rpc.call('cmd.trade-executor.remove-following', { strategyId, userId, context });
      if (!removed) throw refusal('following.not_found');
    },
  };
};
export type FollowingUseCases = ReturnType<typeof createFollowings>;
