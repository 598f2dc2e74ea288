import { json, type PublicEndpoint } from '../endpoint.js';

/** Coin-margined futures without a single symbol: enough for ccxt's default `loadMarkets`, and honest about what is not played. */
export const derivativesEndpoints = (): readonly PublicEndpoint[] => [
  {
    method: 'GET',
    path: '/dapi/v1/exchangeInfo',
    security: 'none',
    weight: 1,
    read:
      () =>
      ({ now }) =>
        json({ timezone: 'UTC', serverTime: now(), rateLimits: [], exchangeFilters: [], assets: [], symbols: [] }),
  },
];
