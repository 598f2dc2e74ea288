import { describe, expect, it, vi } from 'vitest';
import { manualClock } from '@latchkey/testkit';
import { createReplayGuard } from './replay-guard.js';
import { createWorkQueue } from './work-queue.js';

describe('the memory of message ids', () => {
  it('takes each once, for as long as its message would be taken', () => {
    const clock = manualClock();
    const guard = createReplayGuard({ clock });
    expect(guard.take('a', 1_000)).toBe('taken');
    clock.advance(999);
    expect(guard.take('a', 1_000)).toBe('seen');
    clock.advance(1);
    expect(guard.take('a', 1_000)).toBe('taken');
  });

  it('forgets nothing too early: when it is full it takes no more until something has expired', () => {
    const clock = manualClock();
    const guard = createReplayGuard({ capacity: 2, clock });
    expect([guard.take('a', 1_000), guard.take('b', 5_000), guard.take('c', 1_000)]).toEqual(['taken', 'taken', 'full']);
    expect(guard.take('a', 1_000)).toBe('seen');
    clock.advance(1_000);
    expect(guard.take('c', 1_000)).toBe('taken');
    expect(guard.take('b', 1_000)).toBe('seen');
    expect(guard.size()).toBe(2);
  });
});

describe('the queue of work', () => {
  const held = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    return { job: vi.fn<() => Promise<void>>(() => promise), finish: resolve };
  };

  it('runs so many at once, holds some, refuses the rest', async () => {
    const queue = createWorkQueue({ maxRunning: 1, maxWaiting: 1 });
    const [first, second, third] = [held(), held(), held()];
    expect([queue.add(first.job), queue.add(second.job), queue.add(third.job)]).toEqual([true, true, false]);
    expect(second.job).not.toHaveBeenCalled();
    first.finish();
    await vi.waitFor(() => expect(second.job).toHaveBeenCalledOnce());
    expect(third.job).not.toHaveBeenCalled();
    second.finish();
    await queue.idle();
  });

  it('is idle once everything is done, a failed job included', async () => {
    const queue = createWorkQueue({ maxRunning: 2, maxWaiting: 5 });
    await queue.idle();
    const job = held();
    queue.add(job.job);
    let idle = false;
    const waiting = queue.idle().then(() => {
      idle = true;
    });
    await Promise.resolve();
    expect(idle).toBe(false);
    job.finish();
    await waiting;
    expect(queue.size()).toBe(0);
  });
});
