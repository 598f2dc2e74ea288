import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('answers as soon as the check does', async () => {
    let tries = 0;
    const result = await eventually(() => (++tries < 3 ? false : 'there'), { everyMs: 1 });
    expect({ result, tries }).toEqual({ result: 'there', tries: 3 });
  });

  it('takes an assertion that passes for an answer', async () => {
    let tries = 0;
    await eventually(
      () => {
        tries += 1;
        expect(tries).toBeGreaterThan(2);
      },
      { everyMs: 1 },
    );
    expect(tries).toBe(3);
  });

  it('fails with what the last try said', async () => {
    const check = () => expect(1).toBe(2);
    await expect(eventually(check, { timeoutMs: 20, everyMs: 1 })).rejects.toMatchObject({
      code: 'testkit.not_eventually',
      message: expect.stringContaining('expected 1 to be 2') as string,
    });
    await expect(eventually(() => false, { timeoutMs: 20, everyMs: 1 })).rejects.toThrow(
      'not within 20 ms: it still answers false',
    );
  });

  it('tries at least once, however little time there is', async () => {
    expect(await eventually(() => 7, { timeoutMs: 0 })).toBe(7);
  });
});
