import { decimalString, type MarketType } from '@latchkey/contracts';
import { decimal, greater, lesser, subtract, sum, zero } from '@latchkey/kernel';
import type { bybit } from 'ccxt';
import { z } from 'zod';
import type { AccountBalances, Exchange } from '../../../app/ports/exchange.js';
import type { Balance } from '../../../domain/sizing/size-request.js';
import type { SignedRequests } from '../signed-requests.js';
import { decimalOrNone, readResult } from './bybit-envelope.js';

type Deps = { readonly category: MarketType; readonly signed: bybit; readonly run: SignedRequests['run'] };

const coin = z.object({
  coin: z.string(),
  /** What is held, with profit and loss that is not realised and without what is owed. */
  equity: decimalString,
  walletBalance: decimalString,
  /** What spot orders hold. */
  locked: decimalOrNone,
  totalOrderIM: decimalOrNone,
  totalPositionIM: decimalOrNone,
});
type Coin = z.output<typeof coin>;
const wallets = z.object({ list: z.array(z.object({ coin: z.array(coin) })).min(1) });

/** What secures contracts is not free on either market: a unified account has one wallet for both. */
const balanceOf = (one: Coin, category: MarketType): Balance => {
  const { locked = zero, totalOrderIM = zero, totalPositionIM = zero } = one;
  const [equity, held] = [decimal(one.equity), decimal(one.walletBalance)];
  const total = category === 'linear' ? equity : held;
  const own = category === 'linear' ? equity : lesser(held, equity);
  return { total, free: greater(zero, subtract(own, sum([locked, totalOrderIM, totalPositionIM]))) };
};

const readBalances =
  (category: MarketType) =>
  (body: unknown): AccountBalances | undefined => {
    const coins = readResult(body, wallets)?.list.flatMap((wallet) => wallet.coin);
    return coins && new Map(coins.map((one) => [one.coin, balanceOf(one, category)]));
  };

/** One coin of a unified account: the vault signs no other wallet's question, and none about all coins. */
export const bybitBalances =
  ({ category, signed, run }: Deps): NonNullable<Exchange['balances']> =>
  async (asset, call) => {
    const answer = await run(
      call,
      'account',
      () => signed.privateGetV5AccountWalletBalance({ accountType: 'UNIFIED', coin: asset }),
      readBalances(category),
    );
    return answer.ok ? answer.value : undefined;
  };
