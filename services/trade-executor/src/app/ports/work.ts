import type { HeldLease } from '@latchkey/event-store';
import type { TradeId } from '@latchkey/kernel';

/** The part of a logger that use cases need. */
export type Log = {
  readonly debug: (facts: object, message: string) => void;
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};

/** `lane`: what runs one at a time. Exits have one for each following, beside that of their account and symbol. */
export type QueuedTrade = { readonly tradeId: TradeId; readonly lane: string; readonly partition: number };

export type TradeQueue = {
  /** At most `limit` of the trades that are next in their lanes, those whose signal came first before the others. */
  readonly next: (partitions: readonly number[], busyLanes: readonly string[], limit: number) => Promise<readonly QueuedTrade[]>;
};

/** The partitions this process holds, by number; the lease is the proof that each append states. */
export type HeldPartitions = () => ReadonlyMap<number, HeldLease>;

/** Waits, and throws `executor.stopping` when the process shuts down meanwhile. */
export type Pause = (ms: number) => Promise<void>;
