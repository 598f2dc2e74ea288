import { InvariantError } from './app-error.js';

type Waiting<Job, Result> = {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

export type GroupCommitOptions<Job, Result> = {
  /** Does all jobs in one go (one transaction, one batch) and answers in their order. */
  readonly run: (jobs: readonly Job[]) => Promise<readonly Result[]>;
  /**
   * How long the first job of a group may wait for company, where the last group had some or another is under way. 0, and a job in a quiet
   * time: until this turn of the event loop has ended.
   */
  readonly maxWaitMs: number;
  /**
   * How long it may wait while many come: 2 ms for each job of the group before, at most so long; `maxWaitMs`, unless given. For what nobody waits for:
   * the more there is to do, the more of it goes together.
   */
  readonly busyWaitMs?: number;
  readonly maxJobs: number;
  /** Groups under way at once; 1 keeps the order of groups. */
  readonly maxGroups?: number;
  /** Two jobs with the same key never share a group (e.g. two appends to one stream). */
  readonly keyOf?: (job: Job) => string;
  /** Two jobs with the same turn are never in two groups at once: what the second is decided on has the first in it. They may share one. */
  readonly turnOf?: (job: Job) => string;
};

const msPerJob = 2;
/** After so long without a group, those before it say nothing of the next. */
const quietMs = 250;

/**
 * Lets jobs that wait at the same time share one round trip. When a group fails, each of its jobs is tried once alone, so that one bad
 * job does not take its neighbours down; `run` must therefore be all or nothing.
 */
export const groupCommit = <Job, Result>({
  run,
  maxWaitMs,
  busyWaitMs = maxWaitMs,
  maxJobs,
  maxGroups = 1,
  keyOf,
  turnOf,
}: GroupCommitOptions<Job, Result>) => {
  let queue: Waiting<Job, Result>[] = [];
  let running = 0;
  let lastSize = 0;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let quiet: NodeJS.Timeout | undefined;
  const turns = new Set<string>();

  const settle = async (group: readonly Waiting<Job, Result>[]): Promise<void> => {
    try {
      const results = await run(group.map(({ job }) => job));
      if (results.length !== group.length) throw new InvariantError(`${group.length} jobs had ${results.length} results`);
      group.forEach(({ resolve }, i) => resolve(results[i] as Result));
    } catch (error) {
      const [only] = group;
      if (group.length === 1) only?.reject(error);
      else for (const waiting of group) await settle([waiting]);
    }
  };

  const takeGroup = (): Waiting<Job, Result>[] => {
    const keys = new Set<string>();
    const group: Waiting<Job, Result>[] = [];
    const later: Waiting<Job, Result>[] = [];
    for (const waiting of queue) {
      const key = keyOf?.(waiting.job);
      const isHeld = turnOf !== undefined && turns.has(turnOf(waiting.job));
      if (group.length >= maxJobs || isHeld || (key !== undefined && keys.has(key))) later.push(waiting);
      else {
        if (key !== undefined) keys.add(key);
        group.push(waiting);
      }
    }
    queue = later;
    return group;
  };

  const start = (): void => {
    clearTimeout(timer);
    clearImmediate(turn);
    [timer, turn] = [undefined, undefined];
    while (queue.length > 0 && running < maxGroups) {
      const group = takeGroup();
      // All of them wait for a group under way, which starts the next one when it ends.
      if (group.length === 0) return;
      running += 1;
      clearTimeout(quiet);
      const taken = turnOf ? group.map(({ job }) => turnOf(job)) : [];
      taken.forEach((one) => turns.add(one));
      lastSize = group.length;
      void settle(group).finally(() => {
        running -= 1;
        taken.forEach((one) => turns.delete(one));
        clearTimeout(quiet);
        quiet = setTimeout(() => (lastSize = 0), quietMs).unref();
        if (queue.length >= maxJobs || busyWaitMs <= maxWaitMs) start();
        else if (queue.length > 0) startSoon();
      });
    }
  };

  const startSoon = (): void => {
    if (timer !== undefined || turn !== undefined) return;
    const isQuiet = running === 0 && lastSize <= 1;
    const waitMs = Math.min(busyWaitMs, Math.max(maxWaitMs, lastSize * msPerJob));
    if (waitMs === 0 || isQuiet) turn = setImmediate(start);
    else timer = setTimeout(start, waitMs);
  };

  return (job: Job): Promise<Result> =>
    new Promise((resolve, reject) => {
      queue.push({ job, resolve, reject });
      if (running >= maxGroups) return; // the group under way starts the next one when it ends
      if (queue.length >= maxJobs) start();
      else startSoon();
    });
};
