import type { MarketType } from '@latchkey/contracts';
import { bybitPauseMs } from '../../../domain/settlement/classify-bybit.js';
import { ExchangeError } from '../exchange-error.js';
import { createMarketBook } from '../market-book.js';
import { createSignedRequests } from '../signed-requests.js';
import { followVenueClock } from '../venue-clock.js';
import type { OpenVenue } from '../venue.js';
import { readTime } from './bybit-envelope.js';
import { askPrice, loadInstruments } from './bybit-instruments.js';
import { createBybitMarket } from './bybit-market.js';
import { createBybitClient } from './bybit-transport.js';

const categories: readonly MarketType[] = ['spot', 'linear'];

/** Bybit v5 of one environment, spot and linear: one host, so one clock, one limit of our address, and one client for everybody's signed requests. */
export const openBybit: OpenVenue = async (options) => {
  const { environment, clock, log, timeoutMs } = options;
  const venue = `bybit/${environment}`;
  const open = await createBybitClient(options, false);
  const signed = await createBybitClient(options, true);
  const venueClock = followVenueClock({
    venue,
    clock,
    log,
    askTime: async () => {
      const time = readTime(await open.publicGetV5MarketTime());
      if (time === undefined) throw new ExchangeError('exchange.answer_unreadable', 'the exchange answered no time');
      return time;
    },
  });
  const requests = createSignedRequests({
    venue,
    clock,
    log,
    timeoutMs,
    venueNow: () => venueClock.now(),
    limitedFor: bybitPauseMs,
  });
  const markets = categories.map((category) => {
    const book = createMarketBook({
      load: () => loadInstruments(open, category),
      askPrice: (symbol) => askPrice(open, category, symbol),
      clock,
      log,
    });
    return { book, exchange: createBybitMarket({ environment, category, signed, clock: venueClock, requests, book }) };
  });

  return {
    markets: markets.map(({ exchange }) => exchange),
    start: () => {
      void venueClock.start();
      for (const { book } of markets) void book.start();
    },
    stop: () => {
      venueClock.stop();
      for (const { book } of markets) book.stop();
    },
  };
};
