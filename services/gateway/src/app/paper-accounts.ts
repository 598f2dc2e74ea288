import type { ExchangeName, MarketType, PaperAccountView, RpcRequestInput } from '@latchkey/contracts';
import type { Caller } from './caller.js';
import { commandContextOf, type UserRequest } from './command-context.js';
import type { Origins, Rpc } from './ports.js';

type Deps = { readonly rpc: Rpc; readonly origins: Pick<Origins, 'record'> };
type Balances = RpcRequestInput<'cmd.trade-executor.set-paper-balances'>['balances'];

/** What a caller has on paper; the executor keeps it. */
export const createPaperAccounts = ({ rpc, origins }: Deps) => {
  const contextOf = commandContextOf(origins);
  return {
    find: ({ userId }: Caller, exchange: ExchangeName): Promise<PaperAccountView> =>
      rpc.call('qry.trade-executor.paper-account', { userId, exchange }),

    setBalances: async (
      request: UserRequest,
      exchange: ExchangeName,
      { marketType, balances }: { readonly marketType: MarketType; readonly balances: Balances },
    ): Promise<PaperAccountView> => {
      const context = await contextOf(request);
      const { userId } = request.caller;
      return rpc.call('cmd.trade-executor.set-paper-balances', { userId, exchange, marketType, balances, context });
    },
  };
};
export type PaperAccountUseCases = ReturnType<typeof createPaperAccounts>;
