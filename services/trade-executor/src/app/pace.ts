import type { Clock } from '@latchkey/kernel';

/** A signature is dropped when it is 500 ms old: long before that there is too much under way. */
const tooLongMs = 250;
const shortMs = 125;
const least = 8;
const first = 128;
const most = 512;
/** Orders that were signed together are late together: they are one reason to slow down. */
const onceInMs = 500;

/**
 * How many requests this process prepares at once, from their permit until their bytes leave. Its orders are committed, signed and sent in
 * groups, and the larger a group, the longer each signature in it waits for its bytes to leave. On a machine that is too slow for what it has
 * taken on all of them would be dropped, and each attempt repeated at the same time as all others; so what is seen of the waits sets the pace.
 */
export const createPace = (clock: Clock) => {
  let places = first;
  let slowedAt = Number.NEGATIVE_INFINITY;
  return {
    places: (): number => places,
    /** A signed request left, or was held back, so long after its signature had come. */
    noted: (waitedMs: number): void => {
      if (waitedMs <= shortMs) places = Math.min(most, places + 1);
      if (waitedMs <= tooLongMs || clock.now() - slowedAt < onceInMs) return;
      slowedAt = clock.now();
      places = Math.max(least, Math.floor(places / 2));
    },
  };
};

export type Pace = ReturnType<typeof createPace>;
