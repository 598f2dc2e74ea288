import type { Signal } from '@latchkey/contracts';

// An exchange's name as charts write it (`BINANCE:`, `BYBIT_DLY:`), base and quote joined, and `.P` for a perpetual; or as OKX writes both.
const charted = /^(?:[A-Z0-9_]{1,20}:)?([A-Z0-9]{2,20})(?:\.P)?$/;
const hyphened = /^([A-Z0-9]{1,10})-([A-Z0-9]{1,10})(?:-SWAP)?$/;

/** Spot and perpetual of one symbol are two markets of a strategy, whatever followers trade. */
export const marketKeyOf = ({ ticker, symbol }: Signal['market']): string =>
  /(?:\.P|-SWAP)$/i.test(ticker) ? `${symbol}.P` : symbol;

/**
 * The market that a ticker names, however it was written; `undefined` when it cannot be read. Spot or perpetual is no part of it: where
 * to trade is the follower's choice.
 */
export const readTicker = (written: string): Signal['market'] | undefined => {
  const ticker = written.trim();
  const upper = ticker.toUpperCase();
  const symbol = charted.exec(upper)?.[1] ?? hyphened.exec(upper)?.slice(1, 3).join('');
  return symbol === undefined ? undefined : { ticker, symbol };
};
