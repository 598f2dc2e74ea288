import type { TradeId } from '@latchkey/kernel';

/** A trade that ended without proof that its order is not at the venue. */
export type UnprovenTrade = { readonly tradeId: TradeId; readonly partition: number; readonly endedAt: number };

/** Those of the given partitions that ended so no longer ago than `since` (ms, our clock). */
export type UnprovenTrades = (partitions: readonly number[], since: number) => Promise<readonly UnprovenTrade[]>;
