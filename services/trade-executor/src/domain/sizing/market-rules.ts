import type { Decimal } from '@latchkey/kernel';

/** Bounds of a quantity in base units; a bound that the venue switched off is absent. */
export type LotRule = { readonly min?: Decimal; readonly max?: Decimal; readonly step?: Decimal };

/** What a venue demands of a market order on one symbol, in terms that every venue shares. */
export type MarketRules = {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  /** False while the venue takes no orders for it. */
  readonly trading: boolean;
  /** False where the venue's market takes base units alone: what to spend is then turned into them by a public price. */
  readonly takesQuoteAmount: boolean;
  /** Digits after the point that a quote amount may have. */
  readonly quotePlaces: number;
  /** All of them apply at once (Binance: LOT_SIZE and MARKET_LOT_SIZE). */
  readonly lots: readonly LotRule[];
  /** Smallest and largest value of a market order, in quote units. */
  readonly notional: { readonly min?: Decimal; readonly max?: Decimal };
  /** The highest leverage of any position, where the venue lists it with its rules. */
  readonly maxLeverage?: number;
};
