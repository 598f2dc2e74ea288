import { describe, expect, it, vi } from 'vitest';
import { withDeadline } from './deadline.js';
import { isTraceparent, newTraceparent, traceIdOf } from './traceparent.js';

describe('a deadline', () => {
  it('lets work through that is in time', async () => {
    await expect(withDeadline('the answer', 1_000, async () => 7)).resolves.toBe(7);
  });

  it('ends the wait for work that is late, tells the work, and names what was late', async () => {
    vi.useFakeTimers();
    try {
      let told: AbortSignal | undefined;
      const outcome = withDeadline('the answer of key-vault', 50, (signal) => {
        told = signal;
        return new Promise<never>(() => {});
      });
      const seen = expect(outcome).rejects.toMatchObject({
        code: 'kernel.deadline_exceeded',
        message: 'the answer of key-vault did not come within 50 ms',
      });
      await vi.advanceTimersByTimeAsync(50);
      await seen;
      expect(told?.aborted).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('hands on the error of the work itself', async () => {
    await expect(withDeadline('it', 1_000, () => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  });
});

describe('a traceparent', () => {
  it('is read by its own check and names its trace', () => {
    const made = newTraceparent();
    expect(isTraceparent(made)).toBe(true);
    expect(traceIdOf(made)).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(['', '00-00000000000000000000000000000000-1111111111111111-01', '01-x', 7])('refuses %j', (value) => {
    expect(isTraceparent(value)).toBe(false);
  });
});
