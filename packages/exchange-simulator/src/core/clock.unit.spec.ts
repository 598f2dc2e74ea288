import { describe, expect, it } from 'vitest';
import { manualClock } from './clock.js';
import { createTimers } from './timers.js';

describe('the manual clock', () => {
  it('runs what falls due in order of due time, each at its own moment, and stops where it was told', () => {
    const clock = manualClock(1_000);
    const ran: (readonly [string, number])[] = [];
    const note = (name: string) => () => ran.push([name, clock.now()]);
    clock.schedule(30, note('late'));
    clock.schedule(10, note('early'));
    clock.schedule(10, () => clock.schedule(5, note('set on the way')));
    clock.schedule(31, note('after the end'));
    clock.advance(30);
    expect(ran).toEqual([
      ['early', 1_010],
      ['set on the way', 1_015],
      ['late', 1_030],
    ]);
    expect(clock.now()).toBe(1_030);
    expect(clock.pending()).toBe(1);
  });

  it('runs nothing that was taken back', () => {
    const clock = manualClock(0);
    let ran = false;
    clock.schedule(1, () => (ran = true))();
    clock.advance(1);
    expect(ran).toBe(false);
  });
});

describe('the timers of a simulation', () => {
  it('let every sleeper go at once when the simulation ends, and say so', async () => {
    const clock = manualClock(0);
    const timers = createTimers(clock);
    let entered = false;
    const asleep = timers.sleep(1_000);
    timers.later(1_000, () => (entered = true));
    timers.cancelAll();
    clock.advance(2_000);
    expect(await asleep).toBe(false);
    expect(entered).toBe(false);
  });

  it('wake a sleeper when its time has come', async () => {
    const clock = manualClock(0);
    const asleep = createTimers(clock).sleep(5);
    clock.advance(5);
    expect(await asleep).toBe(true);
  });
});
