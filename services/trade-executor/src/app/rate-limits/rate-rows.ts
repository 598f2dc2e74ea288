/** One exchange with a shared bucket: all of it happens at the database's time, in one statement for many. */
export type BucketAsked = {
  readonly key: string;
  readonly burst: number;
  readonly perMs: number;
  readonly want: number;
  /** Granted before and not used. */
  readonly back: number;
  /** The most that the venue's own figures leave. */
  readonly told?: number;
  /** The venue asked for this much quiet, from now on. */
  readonly blockMs?: number;
};

export type BucketGiven = {
  readonly granted: number;
  /** What is left in it, below zero where the venue counted more than we did. */
  readonly tokens: number;
  /** For so long it wants to be left alone; 0: it does not. */
  readonly blockedMs: number;
};

/** The limiter's rows, shared by all executors. */
export type RateRows = {
  readonly exchange: (asked: readonly BucketAsked[]) => Promise<ReadonlyMap<string, BucketGiven>>;
  /** Which of these want to be left alone, and for how long. */
  readonly blocked: (keys: readonly string[]) => Promise<ReadonlyMap<string, number>>;
};
