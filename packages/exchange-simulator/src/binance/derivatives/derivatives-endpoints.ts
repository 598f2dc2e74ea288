import type { SimClock } from '../../core/clock.js';
import { json, type PublicEndpoint } from '../endpoint.js';

/** Futures venues without a single symbol: enough for ccxt's default `loadMarkets`, and honest about what is not played yet. */
export const derivativesEndpoints = (clock: Pick<SimClock, 'now'>): readonly PublicEndpoint[] =>
  (['/fapi/v1/exchangeInfo', '/dapi/v1/exchangeInfo'] as const).map((path) => ({
    method: 'GET',
    path,
    security: 'none',
    weight: 1,
    read: () => () =>
      json({ timezone: 'UTC', serverTime: clock.now(), rateLimits: [], exchangeFilters: [], assets: [], symbols: [] }),
  }));
