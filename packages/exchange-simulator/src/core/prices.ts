import { decimal, type Decimal } from '@latchkey/kernel';
import type { Asset, MarketSymbol } from './names.js';
import { SimulatorError } from './simulator-error.js';

/** A pair that trades at every simulated venue. Lots, ticks and minimums are each venue's own. */
export type Pair = { readonly symbol: MarketSymbol; readonly base: Asset; readonly quote: Asset };

/** One price per pair, the same at all venues; it stands still until it is set. */
export type Prices = {
  readonly pairs: readonly Pair[];
  /** What orders trade at. */
  readonly of: (symbol: MarketSymbol) => Decimal;
  /** What linear positions are valued at: the same, unless a test sets it apart. */
  readonly mark: (symbol: MarketSymbol) => Decimal;
  /** @throws {SimulatorError} `market_not_found` */
  readonly set: (symbol: string, price: Decimal, mark?: Decimal) => void;
  /** Venues match their resting orders here. */
  readonly onChange: (listener: (symbol: MarketSymbol) => void) => void;
};

const pair = (base: string, quote: string): Pair => ({
  symbol: `${base}${quote}` as MarketSymbol,
  base: base as Asset,
  quote: quote as Asset,
});

const opening: readonly (readonly [Pair, Decimal])[] = [
  [pair('BTC', 'USDT'), decimal('60000')],
  [pair('ETH', 'USDT'), decimal('3000')],
  [pair('SOL', 'USDT'), decimal('150')],
];

export const createPrices = (): Prices => {
  const pairs = opening.map(([known]) => known);
  const prices = new Map<string, Decimal>(opening.map(([{ symbol }, price]) => [symbol, price]));
  const marks = new Map<string, Decimal>();
  const listeners: ((symbol: MarketSymbol) => void)[] = [];
  const lookUp = (symbol: string): Decimal => {
    const price = prices.get(symbol);
    if (price !== undefined) return price;
    throw new SimulatorError(
      'market_not_found',
      `there is no market "${symbol}"; the markets are ${[...prices.keys()].join(', ')}`,
    );
  };
  return {
    pairs,
    of: lookUp,
    mark: (symbol) => marks.get(symbol) ?? lookUp(symbol),
    set: (symbol, price, mark) => {
      lookUp(symbol);
      prices.set(symbol, price);
      if (mark === undefined) marks.delete(symbol);
      else marks.set(symbol, mark);
      for (const listener of listeners) listener(symbol as MarketSymbol);
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
};
