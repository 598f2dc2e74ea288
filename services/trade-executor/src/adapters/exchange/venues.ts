import type { Environment, ExchangeName } from '@latchkey/contracts';
import type { Exchange, Exchanges } from '../../app/ports/exchange.js';
import { openBinanceSpot } from './binance/binance-spot.js';
import { openBinanceUsdm } from './binance/binance-usdm.js';
import { openBybit } from './bybit/bybit.js';
import type { OpenVenue, VenueOptions } from './venue.js';

/** Where simulated venues listen; a venue without an address is the venue itself. */
export type VenueUrls = Readonly<Partial<Record<ExchangeName, string>>>;

type Served = { readonly exchange: ExchangeName; readonly environments: readonly Environment[]; readonly open: OpenVenue };

/** Every venue that is served: one client per market and environment, for all users. */
const served: readonly Served[] = [
  { exchange: 'binance', environments: ['live', 'testnet'], open: openBinanceSpot },
  // Futures are practised on Binance's demo site, whose keys its spot testnet does not know: there is no key for both.
  { exchange: 'binance', environments: ['live'], open: openBinanceUsdm },
  { exchange: 'bybit', environments: ['live', 'testnet'], open: openBybit },
];

export type Venues = {
  readonly exchanges: Exchanges;
  readonly markets: readonly Exchange[];
  readonly start: () => void;
  readonly stop: () => void;
};

export const openVenues = async (urls: VenueUrls, options: Omit<VenueOptions, 'environment' | 'redirectTo'>): Promise<Venues> => {
  const venues = await Promise.all(
    served.flatMap(({ exchange, environments, open }) => {
      const url = urls[exchange];
      return environments.map((environment) => open({ ...options, environment, ...(url !== undefined && { redirectTo: url }) }));
    }),
  );
  const all = venues.flatMap(({ markets }) => markets);
  return {
    markets: all,
    exchanges: (of) =>
      all.find((one) => one.exchange === of.exchange && one.environment === of.environment && one.marketType === of.marketType),
    start: () => venues.forEach((venue) => venue.start()),
    stop: () => venues.forEach((venue) => venue.stop()),
  };
};
