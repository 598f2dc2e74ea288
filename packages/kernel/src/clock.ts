/** Time as a dependency, so that a rule can be tested at any moment. */
export type Clock = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };
