/** Spread of a measured time or rate. */
export type Spread = { readonly p50: number; readonly p99: number; readonly count: number };

/** What one of something costs, by kind: statements, commits, fsyncs, messages, round trips. */
export type Cost = Readonly<Record<string, number>>;

/** A step whose bare cost was measured in the same run, and how often the path takes it. */
export type Step = { readonly name: string; readonly times: number; readonly ms: number };

/** One line of the table: ours beside its floor. */
export type Line = {
  readonly benchmark: string;
  readonly measured: string;
  readonly unit: 'ms' | '1/s';
  readonly ours: number;
  readonly p99?: number;
  readonly floorName: string;
  readonly floor: number;
  /** What the ratio of ours to the floor should reach; absent where nothing was promised. */
  readonly aim?: { readonly ratio: number; readonly direction: 'at most' | 'at least' };
};

/** One alert to many: times from its post, the last order's by the venue's clock. */
export type FanOut = {
  readonly followers: number;
  /** How much later than at once each order reached the venue. */
  readonly latencyMs: number;
  readonly rounds: number;
  readonly lastOrderMs: number;
  readonly perSecond: number;
  /** Bare ccxt's orders per second, to the same venue. */
  readonly bare: number;
  readonly statements: number;
  /** What the idle stack does in the same time, divided by the orders too: a part of `statements`. */
  readonly idleStatements: number;
  readonly fsyncs: number;
  /** From the last order until its owner was told that all are filled, and until all of it was on the record. */
  readonly viewLagMs: number;
  readonly auditLagMs: number;
  /** What the executor's resident memory grew by at most. */
  readonly memoryMiB: number;
};

export type Report = {
  readonly lines: readonly Line[];
  readonly costs: readonly { readonly of: string; readonly cost: Cost }[];
  readonly steps: readonly { readonly of: string; readonly steps: readonly Step[] }[];
  readonly fanOuts?: readonly FanOut[];
  readonly notes: readonly string[];
};

export const ratioOf = ({ ours, floor }: Line): number => ours / floor;

export const reaches = (line: Line): boolean | undefined => {
  if (line.aim === undefined) return undefined;
  return line.aim.direction === 'at most' ? ratioOf(line) <= line.aim.ratio : ratioOf(line) >= line.aim.ratio;
};

export const spread = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
};
