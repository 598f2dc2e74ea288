import { messageOf, type Clock, type Decimal } from '@latchkey/kernel';
import type { MarketRules } from '../../../domain/sizing/market-rules.js';
import type { BinanceClient } from './binance-client.js';
import { readMarketRules, readPrice } from './binance-shapes.js';

const refreshMs = 10 * 60_000;
const retryMs = 1_000;
const maxPriceAgeMs = 2_000;

type Log = { readonly warn: (fields: object, message: string) => void };
type Price = { readonly at: number; readonly value: Promise<Decimal | undefined> };

/** Filters and prices of all symbols, from the keyless client: loaded at start, refreshed, and kept while the venue is away. */
export const createBinanceMarkets = ({ client, clock, log }: { client: BinanceClient; clock: Clock; log: Log }) => {
  let rules: ReadonlyMap<string, MarketRules> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const prices = new Map<string, Price>();

  const load = async (): Promise<void> => {
    try {
      // `true`: ccxt keeps a failed load and would answer every later call with it.
      const markets = await client.loadMarkets(true);
      const read = Object.values(markets).flatMap((market) => readMarketRules(market?.info) ?? []);
      rules = new Map(read.map((one) => [one.symbol, one]));
    } catch (error) {
      log.warn({ reason: messageOf(error).slice(0, 200) }, 'the exchange does not tell its markets; asking again');
    } finally {
      if (!stopped) timer = setTimeout(() => void load(), rules ? refreshMs : retryMs);
    }
  };

  const askPrice = async (symbol: string): Promise<Decimal | undefined> => {
    try {
      return readPrice(await client.publicGetTickerPrice({ symbol }));
    } catch {
      return undefined; // the venue checks the order's value itself
    }
  };

  return {
    start: load,
    stop: (): void => {
      stopped = true;
      clearTimeout(timer);
    },
    rules: (symbol: string): MarketRules | 'loading' | undefined => (rules ? rules.get(symbol) : 'loading'),
    /** Shared by everybody who asks within two seconds. */
    price: (symbol: string): Promise<Decimal | undefined> => {
      const known = prices.get(symbol);
      if (known && clock.now() - known.at <= maxPriceAgeMs) return known.value;
      const value = askPrice(symbol);
      prices.set(symbol, { at: clock.now(), value });
      return value;
    },
  };
};
