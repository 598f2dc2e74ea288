import type { HaltScope, HaltTarget, LimitChanges, RiskLimits, RpcReply } from '@latchkey/contracts';
import { assertNever, type StrategyId } from '@latchkey/kernel';
import type { Caller } from './caller.js';
import { commandContextOf, type UserRequest } from './command-context.js';
import { refusal } from './errors.js';
import type { Origins, Rpc } from './ports.js';
import type { StrategyUseCases } from './strategies.js';

type Deps = {
  readonly rpc: Rpc;
  readonly origins: Pick<Origins, 'record'>;
  readonly strategies: Pick<StrategyUseCases, 'own'>;
};

type Scoped = { readonly scope: HaltScope; readonly strategyId?: StrategyId | undefined };
export type HaltRequest = Scoped & { readonly reason: string };

/** Halts and limits are the executor's; who may ask for which is decided here. */
export const createRisk = ({ rpc, origins, strategies }: Deps) => {
  const contextOf = commandContextOf(origins);

  const targetOf = async (caller: Caller, { scope, strategyId }: Scoped): Promise<HaltTarget> => {
    const { userId, roles } = caller;
    switch (scope) {
      case 'user':
        return { scope, userId };
      case 'strategy': {
        if (strategyId === undefined) throw refusal('strategy.not_found');
        const { id } = await strategies.own(caller, strategyId);
        return { scope, strategyId: id, userId };
      }
      case 'platform':
        if (!roles.includes('operator')) throw refusal('auth.role_missing');
        return { scope };
      default:
        return assertNever(scope);
    }
  };

  return {
    /** In force for every opening that is sent after the answer. */
    halt: async (request: UserRequest, asked: HaltRequest): Promise<RpcReply<'cmd.trade-executor.halt-trading'>> => {
      const target = await targetOf(request.caller, asked);
      const context = await contextOf(request);
      return rpc.call('cmd.trade-executor.halt-trading', { target, reason: asked.reason, context });
    },

    resume: async (request: UserRequest, asked: HaltRequest): Promise<RpcReply<'cmd.trade-executor.resume-trading'>> => {
      const target = await targetOf(request.caller, asked);
      const context = await contextOf(request);
      return rpc.call('cmd.trade-executor.resume-trading', { target, reason: asked.reason, context });
    },

    limits: ({ userId }: Caller): Promise<RiskLimits> => rpc.call('qry.trade-executor.risk-limits', { userId }),

    /** What is not named stays as it is. */
    setLimits: async (request: UserRequest, asked: Scoped, changes: LimitChanges): Promise<RiskLimits> => {
      const target = await targetOf(request.caller, asked);
      const context = await contextOf(request);
      return rpc.call('cmd.trade-executor.set-risk-limits', { userId: request.caller.userId, target, changes, context });
    },
  };
};
export type RiskUseCases = ReturnType<typeof createRisk>;
