import { expect, it } from 'vitest';
import { createSteadily } from './steadily.js';

it('what was lost for a moment is not lost yet, and what never was is not there', () => {
  let [holds, now] = [false, 0];
  const steadily = createSteadily(
    () => holds,
    2_000,
    () => now,
  );
  expect(steadily()).toBe(false);
  holds = true;
  expect(steadily()).toBe(true);
  [holds, now] = [false, 1_999];
  expect(steadily()).toBe(true);
  now = 2_000;
  expect(steadily()).toBe(false);
  holds = true;
  expect(steadily()).toBe(true);
});
