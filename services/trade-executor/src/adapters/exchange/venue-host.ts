import type { Exchange } from '../../app/ports/exchange.js';
import { ExchangeError } from './exchange-error.js';
import { createMarketBook, type MarketBook, type MarketSource } from './market-book.js';
import { createSignedRequests, type SignedRequestsOptions } from './signed-requests.js';
import { followVenueClock } from './venue-clock.js';
import type { Venue, VenueOptions } from './venue.js';

type VenueHostOptions = Pick<VenueOptions, 'clock' | 'log' | 'timeoutMs'> &
  Pick<SignedRequestsOptions, 'limitedFor'> & {
    /** For the log, e.g. "binance/live". */
    readonly venue: string;
    /** The host's own time in ms; undefined: its answer cannot be read. */
    readonly askTime: () => Promise<number | undefined>;
  };

/** What each host of a venue has, whatever is traded there: its clock, the limits of our address, and books of its markets. */
export const createVenueHost = ({ venue, clock, log, timeoutMs, askTime, limitedFor }: VenueHostOptions) => {
  const venueClock = followVenueClock({
    venue,
    clock,
    log,
    askTime: async () => {
      const time = await askTime();
      if (time === undefined) throw new ExchangeError('exchange.answer_unreadable', 'the exchange answered no time');
      return time;
    },
  });
  return {
    clock: venueClock,
    requests: createSignedRequests({
      venue,
      clock,
      log,
      timeoutMs,
      venueNow: () => venueClock.now(),
      ...(limitedFor !== undefined && { limitedFor }),
    }),
    bookOf: (source: MarketSource): MarketBook => createMarketBook({ ...source, clock, log }),
    /** The host as the executor starts and stops it, with its markets and their books. */
    serving: (markets: readonly Exchange[], books: readonly MarketBook[]): Venue => ({
      markets,
      start: () => {
        void venueClock.start();
        for (const book of books) void book.start();
      },
      stop: () => {
        venueClock.stop();
        for (const book of books) book.stop();
      },
    }),
  };
};
