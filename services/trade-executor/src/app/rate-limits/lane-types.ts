import type { Cost } from '../../domain/rate-limits/host-limits.js';
import type { NoPermit, Permit, Requested } from '../ports/permits.js';
import type { BucketAsked, BucketGiven } from './rate-rows.js';

export type Item = Omit<Requested, 'user'> & {
  readonly user: string;
  readonly cost: Cost;
  readonly at: number;
  readonly answer: (given: { readonly permit: Permit } | NoPermit) => void;
  /** The process stops: neither yes nor no. */
  readonly abandon: () => void;
};

export type Lane = {
  readonly venue: string;
  readonly address: string;
  readonly mainRow: string;
  readonly add: (item: Item) => void;
  readonly asks: (now: number) => readonly BucketAsked[];
  readonly given: (answers: ReadonlyMap<string, BucketGiven>, asked: readonly BucketAsked[], startedAt: number) => void;
  readonly failed: () => void;
  readonly learn: (blockedMs: number, readAt: number) => void;
  readonly dueAt: (now: number) => number | undefined;
  readonly blockedUntil: () => number;
  readonly isUnderWay: () => boolean;
  readonly knownAt: () => number;
  readonly close: () => void;
  readonly status: () => LaneStatus;
};

export type LaneStatus = {
  /** Host and environment, like "binance-usdm/live". */
  readonly venue: string;
  readonly address: string;
  readonly waiting: Readonly<Record<'closing' | 'service' | 'lookup' | 'other', number>>;
  /** Our clock when the oldest of them came; undefined: nothing waits. */
  readonly oldestAt: number | undefined;
  readonly underWay: number;
  readonly left: Readonly<Record<string, number>>;
  readonly blockedForMs: number;
};
