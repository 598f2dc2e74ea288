import { messageOf, type Clock } from '@latchkey/kernel';
import type { VenueClock } from '../../app/ports/exchange.js';

/** Further than this from ours, one of the two clocks is wrong: nothing is traded on that venue until they agree again. */
const maxOffsetMs = 2_000;
/** An offset older than this says nothing about now. */
const maxAgeMs = 60_000;
const everyMs = 5_000;
/** The middle of a longer question says too little about when it was answered. */
const maxRoundTripMs = 1_000;
const whileUnknownMs = 500;

type Log = {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

export type VenueClockOptions = {
  readonly venue: string;
  readonly clock: Clock;
  /** Milliseconds by the venue's clock; throws when the venue is away. */
  readonly askTime: (asking: () => void) => Promise<number>;
  readonly log: Log;
};

type Measured = { readonly offsetMs: number; readonly at: number };

/**
 * Follows the venue's clock. Timestamps, windows and the moment from which "not found" counts are all the venue's time; a venue that is away
 * at start is asked again until it answers.
 */
export const followVenueClock = ({ venue, clock, askTime, log }: VenueClockOptions) => {
  let measured: Measured | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let skewed = false;
  let running: Promise<void> | undefined;

  const report = ({ offsetMs }: Measured): void => {
    const now = Math.abs(offsetMs) > maxOffsetMs;
    if (now && !skewed)
      log.error(
        { alarm: 'venue.clock_skewed', venue, offsetMs },
        'the exchange’s clock and ours disagree; nothing is traded there until one is set right',
      );
    if (!now && skewed) log.info({ venue, offsetMs }, 'the exchange’s clock and ours agree again');
    skewed = now;
  };

  const measure = async (): Promise<void> => {
    let before = clock.now();
    try {
      // It may wait for its turn: the question begins when it is sent.
      const time = await askTime(() => {
        before = clock.now();
      });
      const after = clock.now();
      if (after - before > maxRoundTripMs && fresh()) return;
      measured = { offsetMs: Math.round(time - (before + after) / 2), at: after };
      report(measured);
    } catch (error) {
      if (!measured) log.warn({ venue, reason: messageOf(error) }, 'the exchange does not tell its time yet; asking again');
    }
  };

  const fresh = (): Measured | undefined => (measured && clock.now() - measured.at <= maxAgeMs ? measured : undefined);

  const tick = (): Promise<void> =>
    (running ??= measure().finally(() => {
      running = undefined;
      if (stopped) return;
      clearTimeout(timer);
      timer = setTimeout(() => void tick(), fresh() ? everyMs : whileUnknownMs);
    }));

  const venueClock: VenueClock & { readonly start: () => Promise<void>; readonly stop: () => void } = {
    now: () => {
      const known = fresh();
      return known && Math.abs(known.offsetMs) <= maxOffsetMs ? clock.now() + known.offsetMs : undefined;
    },
    resync: () => void tick(),
    start: tick,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
  return venueClock;
};
