import type { LimiterStanding, StuckTrade, VenueStanding, WorkStanding } from '@latchkey/contracts';
import type { PartitionWatchCommand } from '../../domain/watch/partition-watch.js';
import type { HeldBackCommand } from '../../domain/watch/held-back.js';
import type { VenuePauseCommand } from '../../domain/watch/venue-pause.js';

/** Partitions that nobody holds, and for how long, as far as it is known: a lease that was given back says nothing of when. */
export type UnownedPartition = { readonly partition: number; readonly forMs?: number };

/** How the work of all executors stands, as their common database tells. */
export type Standing = {
  readonly read: () => Promise<Omit<WorkStanding, 'venues' | 'limits'>>;
  readonly unowned: () => Promise<readonly UnownedPartition[]>;
  /** Trades of these partitions that are open for longer than their state explains and were not reported before. */
  readonly newlyStuck: (partitions: readonly number[]) => Promise<readonly StuckTrade[]>;
};

/** Where it is recorded for ever; telling the same twice records it once. */
export type Notices = {
  readonly tradeStuck: (trade: StuckTrade) => Promise<void>;
  readonly partitions: (command: PartitionWatchCommand) => Promise<void>;
  readonly venuePaused: (command: VenuePauseCommand) => Promise<void>;
  readonly heldBack: (command: HeldBackCommand) => Promise<void>;
};

/** The venues as this process sees them. */
export type VenueStandings = () => readonly VenueStanding[];
/** What waits for limits in this process. */
export type LimiterStandings = () => readonly LimiterStanding[];
