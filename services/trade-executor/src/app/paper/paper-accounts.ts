import { marketType, type RpcReply, type RpcRequest } from '@latchkey/contracts';
import type { PaperBooks } from '../ports/paper-books.js';

type Deps = { readonly books: Pick<PaperBooks, 'account' | 'setBalances'> };
type Account = RpcReply<'qry.trade-executor.paper-account'>;

/** What a user's paper accounts at one exchange have, and setting it. */
export const paperAccounts = ({ books }: Deps) => {
  const paperAccount = async ({ userId, exchange }: RpcRequest<'qry.trade-executor.paper-account'>): Promise<Account> => ({
    markets: await Promise.all(
      marketType.options.map(async (market) => {
        const { balances, positions } = await books.account({ userId, exchange, marketType: market });
        return {
          marketType: market,
          balances: Object.fromEntries(balances),
          positions: [...positions].map(([symbol, position]) => ({ symbol, ...position })),
        };
      }),
    ),
  });
  return {
    paperAccount,
    /** Positions and orders stay; what is not named stays too. */
    setPaperBalances: async ({
      userId,
      exchange,
      marketType: market,
      balances,
    }: RpcRequest<'cmd.trade-executor.set-paper-balances'>): Promise<Account> => {
      await books.setBalances({ userId, exchange, marketType: market }, balances);
      return paperAccount({ userId, exchange });
    },
  };
};
