import type { MarketType } from '@latchkey/contracts';
import { absolute, compare, isPositive, subtract, type Decimal } from '@latchkey/kernel';

/** What an account should hold of one instrument by our record, and what the venue says it holds. */
export type Holding = {
  /** The symbol of a contract; on spot an asset. */
  readonly instrument: string;
  readonly expected: Decimal;
  readonly found: Decimal;
  /** Differences up to here are dust: what a lot leaves over. */
  readonly tolerance: Decimal;
};

/**
 * Whether the books disagree. A wallet holds what its owner put there, so on spot more than we count on is no news, and less is; a contract
 * was opened by orders alone, and whatever is not ours there shares our margin, our exits and our liquidation.
 */
export const isDrift = (marketType: MarketType, { expected, found, tolerance }: Holding): boolean => {
  if (marketType === 'linear') return compare(absolute(subtract(expected, found)), tolerance) > 0;
  return isPositive(expected) && compare(subtract(expected, found), tolerance) > 0;
};
