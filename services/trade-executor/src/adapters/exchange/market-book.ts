import { messageOf, type Clock, type Decimal } from '@latchkey/kernel';
import type { MarketRules } from '../../domain/sizing/market-rules.js';
import type { VenueLog } from './venue.js';

const refreshMs = 10 * 60_000;
const retryMs = 1_000;
/** Half of the two seconds that a price may be old when an order leaves: the other half is for its commit and its signature. */
const maxPriceAgeMs = 1_000;

type Price = { readonly at: number; readonly value: Promise<Decimal | undefined> };

/** Where the figures of a market come from. */
export type MarketSource = {
  /** The rules of all symbols that we can read; throws when the venue is away. */
  readonly load: () => Promise<readonly MarketRules[]>;
  /** Quote units per base unit, now; throws, or undefined, when the venue does not tell. */
  readonly askPrice: (symbol: string) => Promise<Decimal | undefined>;
};

type MarketBookOptions = MarketSource & { readonly clock: Clock; readonly log: Pick<VenueLog, 'warn'> };

/** Filters and prices of a market's symbols, from a keyless client: loaded at start, refreshed, and kept while the venue is away. */
export const createMarketBook = ({ load, askPrice, clock, log }: MarketBookOptions) => {
  let rules: ReadonlyMap<string, MarketRules> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const prices = new Map<string, Price>();

  const refresh = async (): Promise<void> => {
    try {
      rules = new Map((await load()).map((one) => [one.symbol, one]));
    } catch (error) {
      log.warn({ reason: messageOf(error).slice(0, 200) }, 'the exchange does not tell its markets; asking again');
    } finally {
      if (!stopped) timer = setTimeout(() => void refresh(), rules ? refreshMs : retryMs);
    }
  };

  const ask = async (symbol: string, at: number): Promise<Decimal | undefined> => {
    const price = await askPrice(symbol).catch(() => undefined);
    if (price !== undefined && clock.now() - at <= maxPriceAgeMs) return price;
    // Without an answer, or with one that took too long, whoever needs it next asks again.
    if (prices.get(symbol)?.at === at) prices.delete(symbol);
    return undefined;
  };

  return {
    start: refresh,
    stop: (): void => {
      stopped = true;
      clearTimeout(timer);
    },
    rules: (symbol: string): MarketRules | 'loading' | undefined => (rules ? rules.get(symbol) : 'loading'),
    /** Shared by everybody who asks within a second. */
    price: (symbol: string): Promise<Decimal | undefined> => {
      const known = prices.get(symbol);
      const now = clock.now();
      if (known && now - known.at <= maxPriceAgeMs) return known.value;
      const value = ask(symbol, now);
      prices.set(symbol, { at: now, value });
      return value;
    },
  };
};

export type MarketBook = ReturnType<typeof createMarketBook>;
