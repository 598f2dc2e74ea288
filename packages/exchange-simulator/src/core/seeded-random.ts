/** Everything that looks random at the venue. The same seed gives the same sequence, so a run can be repeated exactly. */
export type SeededRandom = {
  /** A whole number, 0 to `limit` - 1. */
  readonly below: (limit: number) => number;
  /** Letters and digits, as in the ids that Binance invents. */
  readonly alphanumeric: (length: number) => string;
};

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Mulberry32: 32 bits of state are plenty for ids that only need to look alike and repeat. */
export const seededRandom = (seed: number): SeededRandom => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, alphanumeric: (length) => Array.from({ length }, () => letters.charAt(below(letters.length))).join('') };
};
