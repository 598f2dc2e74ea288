import type { Submission } from './events.js';

type Named = Pick<Submission, 'symbol' | 'baseAsset' | 'quoteAsset'>;

/** Attempts of before it was recorded, and those that a restored database had lost, do not name the asset: their symbol begins with it. */
export const isBase = (asset: string, { baseAsset, symbol }: Named): boolean =>
  baseAsset === undefined ? symbol.startsWith(asset) : asset === baseAsset;

/** What a symbol ends in where nobody said what it is quoted in; the longer of two that fit. */
const commonQuotes = ['USDT', 'USDC', 'FDUSD', 'TUSD', 'BUSD', 'USD', 'EUR', 'TRY', 'BRL', 'BTC', 'ETH', 'BNB'] as const;

/** What prices and results are in. */
export const quoteOf = ({ baseAsset, quoteAsset, symbol }: Named): string | undefined => {
  if (quoteAsset !== undefined) return quoteAsset;
  if (baseAsset !== undefined && symbol.startsWith(baseAsset)) return symbol.slice(baseAsset.length);
  return commonQuotes
    .filter((asset) => symbol.endsWith(asset) && symbol !== asset)
    .toSorted((one, other) => other.length - one.length)[0];
};

export const isQuote = (asset: string, of: Named): boolean => asset === quoteOf(of);
