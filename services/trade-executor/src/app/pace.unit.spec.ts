import { describe, expect, it } from 'vitest';
import { createPace } from './pace.js';

const paceAt = (start: number) => {
  let now = start;
  const pace = createPace({ now: () => now });
  const noted = (waitedMs: number, times = 1): number => {
    for (let i = 0; i < times; i += 1) pace.noted(waitedMs);
    return pace.places();
  };
  return { noted, places: pace.places, pass: (ms: number) => (now += ms) };
};

describe('the pace of a process', () => {
  it('grows with what leaves at once, up to two slices', () => {
    const { noted, places } = paceAt(0);
    expect(places()).toBe(128);
    expect(noted(20, 100)).toBe(228);
    expect(noted(20, 1_000)).toBe(512);
  });

  it('is halved when signatures wait, once for all that wait together, and never to nothing', () => {
    const { noted, pass } = paceAt(0);
    expect(noted(300, 50)).toBe(64);
    pass(500);
    expect(noted(600)).toBe(32);
    for (let i = 0; i < 10; i += 1) {
      pass(500);
      noted(600);
    }
    expect(noted(200)).toBe(8);
  });

  it('stays as it is for waits in between', () => {
    const { noted } = paceAt(0);
    expect(noted(200, 100)).toBe(128);
  });
});
