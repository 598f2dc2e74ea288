import type { Decimal } from '@latchkey/kernel';
import type { Asset, Exchange, MarketSymbol } from './names.js';

/** Where venues differ in how their engines treat an order; each venue passes its own. */
export type EngineRules = {
  /** Orders of other venues in the same book are not this engine's. */
  readonly exchange: Exchange;
  /** `open-only`: a client id is free again once its order has ended. `for-good`: it is never taken twice. */
  readonly clientIds: 'open-only' | 'for-good';
  /** A post-only order that would take: not accepted, or accepted and ended at once with `endedBy: 'post_only'`. */
  readonly postOnly: 'refuse' | 'end';
  /** Fee per unit traded, e.g. `0.0005`. */
  readonly fees: { readonly maker: Decimal; readonly taker: Decimal };
};

/** The same for linear markets. */
export type LinearRules = EngineRules & {
  /** Asset of margin, profit, loss and fees. */
  readonly settlesIn: Asset;
  /** A reduce-only order larger than what it may close: its excess ends when it fills, or is cut off when it is taken. */
  readonly reduceOnlyExcess: 'keep' | 'truncate';
  /** The largest position, in quote units, that a leverage allows; undefined for no limit. */
  readonly maxNotional: (symbol: MarketSymbol, leverage: number) => Decimal | undefined;
};
