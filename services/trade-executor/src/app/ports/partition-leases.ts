import type { HeldLease } from '@latchkey/event-store';

/** The leases of one process: who works on what is settled where the work itself stands. */
export type PartitionLeases = {
  /**
   * How many processes are alive and fit to work, and how many of them come before this one in an order that is the same for all.
   *
   * @param asOne this process is one of them; otherwise it says that it is not
   */
  readonly countExecutors: (asOne: boolean) => Promise<{ readonly count: number; readonly before: number }>;
  /** Prolongs leases; those that somebody else has taken meanwhile are missing from the answer. */
  readonly renew: (leases: readonly HeldLease[]) => Promise<readonly HeldLease[]>;
  /** Takes those that nobody holds, at most `limit`. */
  readonly claim: (names: readonly string[], limit: number) => Promise<readonly HeldLease[]>;
  /** Gives leases back, so that the next holder need not wait for them to run out. */
  readonly release: (leases: readonly HeldLease[]) => Promise<void>;
  /** This process is counted no more. */
  readonly leave: () => Promise<void>;
};
