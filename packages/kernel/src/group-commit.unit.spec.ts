import { describe, expect, it, vi } from 'vitest';
import { groupCommit } from './group-commit.js';

const recorder = (fail: (jobs: readonly number[]) => boolean = () => false) => {
  const groups: number[][] = [];
  const run = async (jobs: readonly number[]): Promise<readonly number[]> => {
    groups.push([...jobs]);
    if (fail(jobs)) throw new TypeError(`cannot do ${jobs.join(',')}`);
    return jobs.map((job) => job * 10);
  };
  return { groups, run };
};

describe('a group commit', () => {
  it('does in one go what waits at the same time, and answers each', async () => {
    const { groups, run } = recorder();
    const commit = groupCommit({ run, maxWaitMs: 0, maxJobs: 100 });
    expect(await Promise.all([1, 2, 3].map((job) => commit(job)))).toEqual([10, 20, 30]);
    expect(groups).toEqual([[1, 2, 3]]);
  });

  it('keeps to the size of a group', async () => {
    const { groups, run } = recorder();
    const commit = groupCommit({ run, maxWaitMs: 0, maxJobs: 2 });
    await Promise.all([1, 2, 3, 4, 5].map((job) => commit(job)));
    expect(groups).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('does not let one bad job take its neighbours down', async () => {
    const { groups, run } = recorder((jobs) => jobs.includes(2));
    const commit = groupCommit({ run, maxWaitMs: 0, maxJobs: 100 });
    const outcomes = await Promise.allSettled([1, 2, 3].map((job) => commit(job)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(groups).toEqual([[1, 2, 3], [1], [2], [3]]);
  });

  it('puts jobs with one key into different groups, in their order', async () => {
    const { groups, run } = recorder();
    const commit = groupCommit({ run, maxWaitMs: 0, maxJobs: 100, keyOf: (job) => String(job % 10) });
    await Promise.all([1, 2, 11, 21].map((job) => commit(job)));
    expect(groups).toEqual([[1, 2], [11], [21]]);
  });

  it('does not begin what waits for the turn of a group under way, and lets others go on', async () => {
    const { groups, run } = recorder();
    const held = Promise.withResolvers<void>();
    const commit = groupCommit({
      run: async (jobs: readonly number[]) => {
        const answers = await run(jobs);
        if (jobs.includes(1)) await held.promise;
        return answers;
      },
      maxWaitMs: 0,
      maxJobs: 100,
      maxGroups: 2,
      turnOf: (job) => String(job % 10),
    });
    const first = commit(1);
    await vi.waitFor(() => expect(groups).toEqual([[1]]));
    const waiting = commit(11);
    expect(await commit(2)).toBe(20);
    expect(groups).toEqual([[1], [2]]);
    held.resolve();
    expect(await Promise.all([first, waiting, commit(21)])).toEqual([10, 110, 210]);
    expect(groups.flat().toSorted((a, b) => a - b)).toEqual([1, 2, 11, 21]);
    expect(groups.findIndex((group) => group.includes(11))).toBeGreaterThan(1);
  });

  it('collects while a group is under way', async () => {
    const { groups, run } = recorder();
    const started = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const commit = groupCommit({
      run: async (jobs: readonly number[]) => {
        const answers = await run(jobs);
        started.resolve();
        await held.promise;
        return answers;
      },
      maxWaitMs: 0,
      maxJobs: 100,
    });
    const first = commit(1);
    await started.promise;
    const rest = Promise.all([2, 3, 4].map((job) => commit(job)));
    held.resolve();
    await Promise.all([first, rest]);
    expect(groups).toEqual([[1], [2, 3, 4]]);
  });

  it('lets a job wait for company only where there was some lately', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { groups, run } = recorder();
      const commit = groupCommit({ run, maxWaitMs: 50, maxJobs: 100 });
      await commit(1);
      await Promise.all([commit(2), commit(3)]);
      expect(groups).toEqual([[1], [2, 3]]);
      const later = Promise.all([commit(4), commit(5)]);
      await vi.advanceTimersByTimeAsync(49);
      expect(groups).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(1);
      await later;
      expect(groups.at(-1)).toEqual([4, 5]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets jobs that nobody waits for gather the longer, the more there were before', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { groups, run } = recorder();
      const commit = groupCommit({ run, maxWaitMs: 1, busyWaitMs: 50, maxJobs: 100 });
      await commit(0);
      await Promise.all(Array.from({ length: 10 }, (_, i) => commit(i)));
      const few = commit(11);
      await vi.advanceTimersByTimeAsync(19);
      const more = Promise.all(Array.from({ length: 39 }, (_, i) => commit(i)));
      expect(groups).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(1);
      await Promise.all([few, more]);
      expect(groups.at(-1)).toHaveLength(40);
      const capped = commit(12);
      await vi.advanceTimersByTimeAsync(49);
      expect(groups).toHaveLength(3);
      await vi.advanceTimersByTimeAsync(1);
      await capped;
      expect(groups.at(-1)).toEqual([12]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets none of them wait once it has been quiet for a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { groups, run } = recorder();
      const commit = groupCommit({ run, maxWaitMs: 1_000_000, maxJobs: 3 });
      await Promise.all([1, 2, 3].map((job) => commit(job)));
      await vi.advanceTimersByTimeAsync(250);
      await commit(4);
      expect(groups).toEqual([[1, 2, 3], [4]]);
    } finally {
      vi.useRealTimers();
    }
  });
});
