import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { every } from './every.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const start = (work: () => Promise<void>) => {
  const warn = vi.fn<(facts: object, message: string) => void>();
  return { warn, stop: every({ everyMs: 1_000, what: 'sweeping', work, log: { warn } }) };
};

describe('work that is done again and again', () => {
  it('never runs twice at once, however long it takes', async () => {
    const rounds: PromiseWithResolvers<void>[] = [];
    const { stop } = start(() => {
      const round = Promise.withResolvers<void>();
      rounds.push(round);
      return round.promise;
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rounds).toHaveLength(1);
    rounds[0]?.resolve();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rounds).toHaveLength(2);
    rounds[1]?.resolve();
    await stop();
  });

  it('goes on after a failure, and tells each reason once', async () => {
    let rounds = 0;
    const { warn, stop } = start(async () => {
      rounds += 1;
      if (rounds !== 3) throw new TypeError('Postgres is away');
    });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(rounds).toBe(5);
    expect(warn).toHaveBeenCalledTimes(2);
    await stop();
  });

  it('is over once it was stopped, and not before the round under way', async () => {
    const round = Promise.withResolvers<void>();
    let rounds = 0;
    const { stop } = start(() => {
      rounds += 1;
      return round.promise;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    let over = false;
    const stopped = stop().then(() => (over = true));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(over).toBe(false);
    round.resolve();
    await stopped;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rounds).toBe(1);
  });
});
