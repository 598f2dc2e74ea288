import { json, type PublicEndpoint } from '../endpoint.js';

/** Futures venues without a single symbol: enough for ccxt's default `loadMarkets`, and honest about what is not played yet. */
export const derivativesEndpoints = (): readonly PublicEndpoint[] =>
  (['/fapi/v1/exchangeInfo', '/dapi/v1/exchangeInfo'] as const).map((path) => ({
    method: 'GET',
    path,
    security: 'none',
    weight: 1,
    read:
      () =>
      ({ now }) =>
        json({ timezone: 'UTC', serverTime: now(), rateLimits: [], exchangeFilters: [], assets: [], symbols: [] }),
  }));
