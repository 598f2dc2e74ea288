import { messageOf } from '@latchkey/kernel';
import { TestkitError } from './errors.js';

export type EventuallyOptions = {
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Default 25 ms. */
  readonly everyMs?: number;
};

/**
 * Waits for something that another process or a later tick brings about. `check` may assert (`expect`) or answer: it is tried again while it
 * throws or answers `false`; anything else, `undefined` too, is the result.
 *
 * @throws {TestkitError} `testkit.not_eventually`, with the last try's error as cause
 */
export const eventually = async <Result>(
  check: () => Result | Promise<Result>,
  { timeoutMs = 10_000, everyMs = 25 }: EventuallyOptions = {},
): Promise<Exclude<Result, false>> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const result = await check();
      if (result !== false) return result as Exclude<Result, false>;
      last = 'it still answers false';
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new TestkitError(
        'testkit.not_eventually',
        `not within ${timeoutMs} ms: ${messageOf(last)}`,
        { timeoutMs },
        { cause: last },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
};
