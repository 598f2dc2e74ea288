import type { ExchangeName, MarketType, SignItem, VaultErrorCode } from '@latchkey/contracts';
import { binanceSpotGrammar } from './binance-spot.js';

/** Whether a venue's string is one that the vault signs for that purpose, bound to what it claims to be for. */
export type Grammar = (item: SignItem, nowMs: number) => VaultErrorCode | undefined;

const grammars: Readonly<Record<ExchangeName, Readonly<Partial<Record<MarketType, Grammar>>>>> = {
  binance: { spot: binanceSpotGrammar },
  bybit: {},
};

/** `undefined`: the form of the string is in order; the credential's state, the attempt and the verification are judged elsewhere. */
export const refusalOfString: Grammar = (item, nowMs) => {
  const grammar = grammars[item.exchange][item.marketType];
  return grammar === undefined ? 'vault.venue_not_supported' : grammar(item, nowMs);
};
