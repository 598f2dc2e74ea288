import type { HeldLease, RecordedEvent } from '@latchkey/event-store';
import type { TradeId } from '@latchkey/kernel';
import type { TradeCommand } from '../../domain/trade/commands.js';
import type { TradeEvent } from '../../domain/trade/events.js';
import type { Trade } from '../../domain/trade/state.js';

/** A trade as this process last saw it: what it decides on, and the version its next append states. */
export type LoadedTrade = {
  readonly tradeId: TradeId;
  readonly trade: Trade;
  readonly version: number;
  /** The newest event: cause of the next, in the conversation that the alert began. */
  readonly last: RecordedEvent<TradeEvent>;
};

/** The trades of this process, written under the lease of their partition. */
export type Trades = {
  readonly load: (tradeId: TradeId) => Promise<LoadedTrade>;
  /**
   * Decides the command, appends what follows and updates the row, in one transaction that fails when the partition has another holder.
   *
   * @returns the trade after it, and the new events (none: nothing changed)
   * @throws {EventStoreError} `event_store.lease_lost`, `event_store.version_conflict`, `event_store.database_unavailable`
   */
  readonly apply: (
    of: LoadedTrade,
    command: TradeCommand,
    lease: HeldLease,
  ) => Promise<{ readonly after: LoadedTrade; readonly events: readonly TradeEvent[] }>;
};
