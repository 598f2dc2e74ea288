import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import { InvariantError } from '@latchkey/kernel';
import type { Halts } from './ports/halts.js';

type Deps = { readonly halts: Halts };

/** Whoever asks was found to be allowed to by the gateway: users for themselves, owners for their strategies, operators for the platform. */
export const haltTrading =
  ({ halts }: Deps) =>
  async ({
    context,
    ...data
  }: RpcRequest<'cmd.trade-executor.halt-trading'>): Promise<RpcReply<'cmd.trade-executor.halt-trading'>> => {
    const { changed, halt } = await halts.halt({ type: 'HaltTrading', data }, context);
    if (!halt) throw new InvariantError('what was halted is not');
    return { changed, halt };
  };

export const resumeTrading =
  ({ halts }: Deps) =>
  async ({
    context,
    ...data
  }: RpcRequest<'cmd.trade-executor.resume-trading'>): Promise<RpcReply<'cmd.trade-executor.resume-trading'>> => {
    const { changed } = await halts.halt({ type: 'ResumeTrading', data }, context);
    return { changed };
  };

export const setRiskLimits =
  ({ halts }: Deps) =>
  async ({
    context,
    ...data
  }: RpcRequest<'cmd.trade-executor.set-risk-limits'>): Promise<RpcReply<'cmd.trade-executor.set-risk-limits'>> => {
    await halts.limit({ type: 'SetRiskLimits', data }, context);
    return halts.limitsOf(data.userId); // who asked: of an operator their own, with the platform's beside them
  };
