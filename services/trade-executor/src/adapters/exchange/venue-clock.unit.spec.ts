import { eventually, manualClock } from '@latchkey/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { followVenueClock } from './venue-clock.js';

describe("the venue's clock", () => {
  const alarms: object[] = [];
  const log = { info: () => undefined, warn: () => undefined, error: (facts: object) => void alarms.push(facts) };
  let venue: ReturnType<typeof followVenueClock> | undefined;
  afterEach(() => {
    venue?.stop();
    alarms.length = 0;
  });

  const follow = (offsetMs: () => number, roundTripMs = 40) => {
    const clock = manualClock(1_000_000);
    const askTime = () => {
      clock.advance(roundTripMs / 2);
      const time = clock.now() + offsetMs();
      clock.advance(roundTripMs / 2);
      return Promise.resolve(time);
    };
    venue = followVenueClock({ venue: 'spec', clock, askTime, log });
    return { clock, venue };
  };

  it('is unknown until the venue told its time', async () => {
    const { clock, venue: followed } = follow(() => 300);
    expect(followed.now()).toBeUndefined();
    await followed.start();
    expect(followed.now()).toBe(clock.now() + 300);
    clock.advance(1_000);
    expect(followed.now()).toBe(clock.now() + 300);
  });

  it('that is more than two seconds from ours stops trading, with one alarm', async () => {
    const { venue: followed } = follow(() => -2_001);
    await followed.start();
    expect(followed.now()).toBeUndefined();
    followed.resync();
    await eventually(() => alarms.length > 0);
    expect(alarms).toEqual([{ alarm: 'venue.clock_skewed', venue: 'spec', offsetMs: -2_001 }]);
  });

  it('is unknown again when it was not heard for a minute', async () => {
    const { clock, venue: followed } = follow(() => 0);
    await followed.start();
    clock.advance(60_001);
    expect(followed.now()).toBeUndefined();
  });

  it('is not taken from a question that took too long, while a better answer is known', async () => {
    let offset = 100;
    const { clock, venue: followed } = follow(() => offset, 1_500);
    await followed.start();
    expect(followed.now()).toBe(clock.now() + 100); // better than nothing
    offset = 900;
    await followed.start();
    expect(followed.now()).toBe(clock.now() + 100);
  });
});
