import { decimal } from '@latchkey/kernel';
import type { Account } from '../core/accounts.js';
import type { EngineRules, LinearRules } from '../core/engine-rules.js';
import { createLinearEngine, type LinearEngine } from '../core/linear-engine.js';
import type { ApiKey, Asset } from '../core/names.js';
import { createSpotEngine, type SpotEngine } from '../core/spot-engine.js';
import type { World } from '../core/world.js';
import { createMarginModes, type MarginModes } from './account/margin-modes.js';
import { createBybitMarkets, type BybitMarkets } from './market/bybit-markets.js';
import { refuse } from './refusal.js';

/** Asset of all linear margin, profit and loss. */
export const settleCoin = 'USDT' as Asset;

/** Fees of an account without VIP level, per unit traded. */
export const feeRates = {
  spot: { maker: decimal('0.001'), taker: decimal('0.001') },
  linear: { maker: decimal('0.0002'), taker: decimal('0.00055') },
} as const;

const rules: Omit<EngineRules, 'fees'> = { exchange: 'bybit', clientIds: 'for-good', postOnly: 'end' };
const linearRules: LinearRules = {
  ...rules,
  fees: feeRates.linear,
  settlesIn: settleCoin,
  reduceOnlyExcess: 'truncate',
  maxNotional: () => undefined,
};

/** What Bybit's endpoints share: one of each per simulation. */
export type BybitParts = {
  readonly world: World;
  readonly markets: BybitMarkets;
  readonly spot: SpotEngine;
  readonly linear: LinearEngine;
  readonly marginModes: MarginModes;
};

export const createBybitParts = (world: World): BybitParts => {
  const { clock, ids, prices, book, accounts } = world;
  const accountOf = (apiKey: ApiKey): Account => {
    const account = accounts.find(apiKey);
    if (account === undefined) throw refuse.key();
    return account;
  };
  const nothing = (): void => undefined;
  return {
    world,
    markets: createBybitMarkets(prices),
    spot: createSpotEngine({
      clock,
      ids,
      prices,
      book: book.of('spot'),
      walletOf: (apiKey) => accountOf(apiKey).wallets.spot,
      rules,
      onAccepted: nothing,
      onFirstFill: nothing,
    }),
    linear: createLinearEngine({
      clock,
      ids,
      prices,
      book: book.of('linear'),
      holderOf: (apiKey) => {
        const { wallets, linear } = accountOf(apiKey);
        return { wallet: wallets.linear, linear };
      },
      rules: linearRules,
    }),
    marginModes: createMarginModes(),
  };
};
