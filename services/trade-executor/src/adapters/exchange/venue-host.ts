import type { Exchange } from '../../app/ports/exchange.js';
import { pausesOnly } from '../../app/rate-limits/pauses-only.js';
import type { ToldLimit } from '../../domain/rate-limits/told-limits.js';
import { systemRoute } from './egress-route.js';
import { ExchangeError } from './exchange-error.js';
import { createMarketBook, type MarketBook, type MarketSource } from './market-book.js';
import { createSignedRequests, type SignedRequestsOptions } from './signed-requests.js';
import { followVenueClock } from './venue-clock.js';
import type { Venue, VenueOptions } from './venue.js';

type VenueHostOptions = Pick<VenueOptions, 'environment' | 'clock' | 'log' | 'timeoutMs' | 'permits' | 'routes'> &
  Pick<SignedRequestsOptions, 'limitedFor' | 'host'> & {
    /** The host's own time in ms; undefined: its answer cannot be read. */
    readonly askTime: () => Promise<number | undefined>;
  };

/** What each host of a venue has, whatever is traded there: its clock, the limits of our address, and books of its markets. */
export const createVenueHost = ({
  host,
  environment,
  clock,
  log,
  timeoutMs,
  askTime,
  limitedFor,
  routes = [systemRoute],
  permits = pausesOnly({ clock, log, addresses: routes.map(({ address }) => address) }),
}: VenueHostOptions) => {
  const requests = createSignedRequests({
    host,
    environment,
    clock,
    log,
    timeoutMs,
    venueNow: () => venueClock.now(),
    permits,
    ...(limitedFor !== undefined && { limitedFor }),
  });
  const venueClock = followVenueClock({
    venue: `${host}/${environment}`,
    clock,
    log,
    askTime: async (asking) => {
      const time = await requests.open('time', () => {
        asking();
        return askTime();
      });
      if (time === undefined) throw new ExchangeError('exchange.answer_unreadable', 'the exchange answered no time');
      return time;
    },
  });
  return {
    clock: venueClock,
    requests,
    /** What the venue told of its own limits. */
    tellLimits: (limits: readonly ToldLimit[]): void => permits.tell(host, environment, limits),
    bookOf: ({ load, askPrice }: MarketSource): MarketBook =>
      createMarketBook({
        load,
        askPrice: (symbol) => requests.open('price', () => askPrice(symbol)),
        clock,
        log,
      }),
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
