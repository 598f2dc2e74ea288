import { manualClock } from '@latchkey/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInstanceRate } from './instance-rate.js';

describe('the rate of an instance', () => {
  it('allows a burst, and then what the time refills', () => {
    const clock = manualClock();
    const rate = createInstanceRate({ burst: 3, perSecond: 2 }, clock);
    const ask = () => rate.allows('open');
    expect([ask(), ask(), ask(), ask()]).toEqual([true, true, true, false]);
    clock.advance(499);
    expect(ask()).toBe(false);
    clock.advance(1);
    expect([ask(), ask()]).toEqual([true, false]);
    clock.advance(60_000);
    expect([ask(), ask(), ask(), ask()]).toEqual([true, true, true, false]);
  });

  it('never keeps anybody from closing or canceling', () => {
    const rate = createInstanceRate({ burst: 1, perSecond: 1 }, manualClock());
    expect([rate.allows('close'), rate.allows('close'), rate.allows('cancel'), rate.allows('read')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('gives out no more than burst and refill, whenever it is asked, and nothing for a clock that goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -500, max: 2_000 }), { maxLength: 200 }), (steps) => {
        const clock = manualClock();
        const rate = createInstanceRate({ burst: 5, perSecond: 10 }, clock);
        let passedMs = 0;
        const given = steps.filter((step) => {
          clock.advance(step);
          passedMs += Math.max(0, step);
          return rate.allows('verify');
        }).length;
        expect(given).toBeLessThanOrEqual(5 + passedMs / 100);
      }),
    );
  });
});
