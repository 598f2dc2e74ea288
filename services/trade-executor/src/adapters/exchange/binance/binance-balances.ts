import { decimalString } from '@latchkey/contracts';
import { add, decimal } from '@latchkey/kernel';
import type { binance } from 'ccxt';
import { z } from 'zod';
import type { AccountBalances, Exchange } from '../../../app/ports/exchange.js';
import type { SignedRequests } from '../signed-requests.js';

type Deps = { readonly signed: binance; readonly run: SignedRequests['run'] };
type Balances = NonNullable<Exchange['balances']>;

const spotAccount = z.object({
  balances: z.array(z.object({ asset: z.string(), free: decimalString, locked: decimalString })),
});

const readSpot = (body: unknown): AccountBalances | undefined => {
  const parsed = spotAccount.safeParse(body);
  return (
    parsed.data &&
    new Map(
      parsed.data.balances.map(({ asset, free, locked }) => [
        asset,
        { total: add(decimal(free), decimal(locked)), free: decimal(free) },
      ]),
    )
  );
};

const usdmAccount = z.object({
  assets: z.array(z.object({ asset: z.string(), marginBalance: decimalString, availableBalance: decimalString })),
});

const readUsdm = (body: unknown): AccountBalances | undefined => {
  const parsed = usdmAccount.safeParse(body);
  return (
    parsed.data &&
    new Map(
      parsed.data.assets.map(({ asset, marginBalance, availableBalance }) => [
        asset,
        { total: decimal(marginBalance), free: decimal(availableBalance) },
      ]),
    )
  );
};

/** All balances of a spot account in one answer. */
export const spotBalances =
  ({ signed, run }: Deps): Balances =>
  async (_asset, call) => {
    const answer = await run(call, 'account', () => signed.privateGetAccount({ omitZeroBalances: 'true' }), readSpot);
    return answer.ok ? answer.value : undefined;
  };

/** All balances of a futures account in one answer. */
export const usdmBalances =
  ({ signed, run }: Deps): Balances =>
  async (_asset, call) => {
    const answer = await run(call, 'account', () => signed.fapiPrivateV3GetAccount(), readUsdm);
    return answer.ok ? answer.value : undefined;
  };
