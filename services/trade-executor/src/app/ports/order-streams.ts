import type { TradingEnvironment } from '@latchkey/contracts';
import type { Decimal } from '@latchkey/kernel';
import type { OrderSnapshot } from '../../domain/trade/commands.js';
import type { BookKey } from './books.js';

/** What one frame told of an order: at most one fill of it, and what was filled in all by then. */
export type StreamFact = { readonly clientOrderId: string; readonly order: OrderSnapshot; readonly filled: Decimal };

/** One order, listened to until it is closed. */
export type OrderFollowing = {
  /** Resolves once there is something to take. */
  readonly arrived: () => Promise<void>;
  /** Facts in the order in which they came; `look`: something may have been missed, so the order is looked up. */
  readonly take: () => StreamFact | 'look' | undefined;
  readonly close: () => void;
};

/** Private streams of venues. They make knowledge quicker and prove nothing: what they do not tell may have happened all the same. */
export type OrderStreams<Where = TradingEnvironment> = {
  /** Undefined where a market has none that needs no right to trade, or where there is no room for another. */
  readonly follow: (
    of: Omit<BookKey, 'environment'> & { readonly environment: Where; readonly clientOrderId: string },
  ) => OrderFollowing | undefined;
};

export const noStreams: OrderStreams = { follow: () => undefined };
