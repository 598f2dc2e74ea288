import type { Clock } from '@latchkey/kernel';
import type { Exchange } from './ports/exchange.js';
import type { VenueStandings } from './ports/standing.js';

/** Rules of a symbol that no venue has tell whether the markets were loaded at all. */
const noSymbol = '-';

/** How this process sees its venues. */
export const venueStandings =
  (markets: readonly Exchange[], clock: Clock): VenueStandings =>
  () =>
    markets.map((market) => {
      const { exchange, environment, marketType } = market;
      const [venueNow, paused] = [market.clock.now(), market.pausedUntil()];
      return {
        exchange,
        environment,
        marketType,
        clockOffsetMs: venueNow === undefined ? null : Math.round(venueNow - clock.now()),
        markets: market.rules(noSymbol) === 'loading' ? 'loading' : 'loaded',
        pausedUntil: paused > clock.now() ? new Date(paused).toISOString() : null,
      };
    });
