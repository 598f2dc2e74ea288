import { decimalString, type AccountSettings } from '@latchkey/contracts';
import { decimal, subtract, zero, type Decimal } from '@latchkey/kernel';
import type { bybit } from 'ccxt';
import { z } from 'zod';
import type { Exchange, VenueClock } from '../../../app/ports/exchange.js';
import type { SignedRequests } from '../signed-requests.js';
import { readResult, whole } from './bybit-envelope.js';

const accountInfo = z.object({ unifiedMarginStatus: whole, marginMode: z.string().optional() });
const classic = 1;
const marginModes: Readonly<Record<string, AccountSettings['marginMode']>> = {
  ISOLATED_MARGIN: 'isolated',
  REGULAR_MARGIN: 'cross',
  PORTFOLIO_MARGIN: 'portfolio',
};

export const readAccountInfo = (body: unknown): AccountSettings | undefined => {
  const info = readResult(body, accountInfo);
  if (!info) return undefined;
  const marginMode = marginModes[info.marginMode ?? ''];
  return {
    type: info.unifiedMarginStatus === classic ? 'classic' : 'unified',
    ...(marginMode !== undefined && { marginMode }),
  };
};

const wallets = z.object({
  list: z
    .array(z.object({ coin: z.array(z.object({ coin: z.string(), walletBalance: decimalString, locked: decimalString })) }))
    .min(1),
});

/** What spot orders do not hold of a coin; its own field for that is deprecated and often empty. */
export const readFree = (body: unknown, asset: string): Decimal | undefined => {
  const coins = readResult(body, wallets)?.list.flatMap(({ coin }) => coin);
  if (!coins) return undefined;
  const held = coins.find(({ coin }) => coin === asset);
  return held ? subtract(decimal(held.walletBalance), decimal(held.locked)) : zero;
};

const positions = z.object({ list: z.array(z.object({ positionIdx: whole })).min(1) });

/** Asked by its symbol a position is listed even when it is flat: as 0 in one-way mode, as 1 and 2 in hedge mode. */
export const readPositionMode = (body: unknown): AccountSettings | undefined => {
  const found = readResult(body, positions);
  return found && { positionMode: found.list.some(({ positionIdx }) => positionIdx !== 0) ? 'hedge' : 'one_way' };
};

/** Bybit keeps the mode for each symbol, and has no question about the mode alone; the vault signs it for this very one. */
const modeQuery = { category: 'linear', symbol: 'BTCUSDT' };

/** What the account is like. Both answers are extras: one that does not come leaves its part unknown. */
export const readBybitAccount =
  (signed: bybit, run: SignedRequests['run'], clock: VenueClock): NonNullable<Exchange['accountSettings']> =>
  async (call) => {
    const info = await run(call, 'account.settings', () => signed.privateGetV5AccountInfo(), readAccountInfo);
    const later = { ...call, timestamp: clock.now() ?? call.timestamp };
    const mode = await run(later, 'positions', () => signed.privateGetV5PositionList(modeQuery), readPositionMode);
    return { ...(info.ok && info.value), ...(mode.ok && mode.value) };
  };
