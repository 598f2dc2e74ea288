import type { MarketType } from '@latchkey/contracts';
import { bybitLimitedFor } from '../../../domain/settlement/classify-bybit.js';
import { createVenueHost } from '../venue-host.js';
import type { OpenVenue } from '../venue.js';
import { readTime } from './bybit-envelope.js';
import { askPrice, loadInstruments } from './bybit-instruments.js';
import { createBybitMarket } from './bybit-market.js';
import { createBybitClient } from './bybit-transport.js';

const categories: readonly MarketType[] = ['spot', 'linear'];

/** Bybit v5 of one environment, spot and linear: one host, so one clock, one limit of our address, and one client for everybody's signed requests. */
export const openBybit: OpenVenue = async (options) => {
  const { environment } = options;
  const open = await createBybitClient(options, false);
  const signed = await createBybitClient(options, true);
  const { clock, requests, bookOf, serving } = createVenueHost({
    ...options,
    host: 'bybit',
    askTime: async () => readTime(await open.publicGetV5MarketTime()),
    limitedFor: bybitLimitedFor,
  });
  const markets = categories.map((category) => {
    const book = bookOf({
      load: () => loadInstruments(open, category, requests),
      askPrice: (symbol) => askPrice(open, category, symbol),
    });
    return { book, exchange: createBybitMarket({ environment, category, signed, clock, requests, book }) };
  });
  return serving(
    markets.map(({ exchange }) => exchange),
    markets.map(({ book }) => book),
  );
};
