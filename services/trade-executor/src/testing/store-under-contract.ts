import type { AnyEvent, Envelope } from '@latchkey/contracts';
import type { StrategyId, UserId } from '@latchkey/kernel';
import type { Holdings } from '../app/ports/holdings.js';
import type { PartitionLeases } from '../app/ports/partition-leases.js';
import type { Trades } from '../app/ports/trades.js';
import type { UnprovenTrades } from '../app/ports/unproven.js';
import type { TradeQueue } from '../app/ports/work.js';
import type { FollowingInForce } from '../domain/fan-out/plan-trades.js';

type Signal = { readonly envelope: Envelope; readonly event: AnyEvent };

/** What the executor asks of where its trades stand, Postgres or memory. */
export type StoreUnderContract = {
  readonly trades: Trades;
  readonly queue: TradeQueue;
  readonly unproven: UnprovenTrades;
  readonly holdings: Holdings;
  readonly leasesOf: (holder: string, ttlMs: number) => PartitionLeases;
  /** The handler of a signal, in one transaction. */
  readonly fanOut: (signal: Signal) => Promise<void>;
  /** In force from now on. */
  readonly follow: (strategyId: StrategyId, following: FollowingInForce) => Promise<void>;
  readonly haltUser: (userId: UserId, reason: string) => Promise<void>;
};
