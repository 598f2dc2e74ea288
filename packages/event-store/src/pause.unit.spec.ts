import { describe, expect, it } from 'vitest';
import { createPause } from './pause.js';

const never = 3_600_000;

describe('a pause', () => {
  it('ends when it is woken', async () => {
    const pause = createPause();
    const waiting = pause.wait(never);
    pause.wake();
    await expect(waiting).resolves.toBeUndefined();
  });
  it('does not begin when it was woken before, once', async () => {
    const pause = createPause();
    pause.wake();
    pause.wake();
    await pause.wait(never);
    let ended = false;
    const next = pause.wait(never).then(() => (ended = true));
    await Promise.resolve();
    expect(ended).toBe(false);
    pause.wake();
    await next;
  });
  it('ends by itself', async () => {
    await expect(createPause().wait(1)).resolves.toBeUndefined();
  });
});
