import type { SignalAction, TradeStatus } from '@latchkey/contracts';
import type { Decimal, TradeId } from '@latchkey/kernel';
import type { TradeRequest } from '../../domain/trade/events.js';

/** Another trade of the same following and symbol that is not over, or whose order may still appear. */
export type OtherTrade = {
  readonly tradeId: TradeId;
  readonly action: SignalAction;
  readonly ordinal: number;
  readonly sequence: number | undefined;
  readonly status: TradeStatus;
  /** It has ended, and its order may still appear. */
  readonly unproven: boolean;
  readonly side: 'buy' | 'sell' | undefined;
  /** Base units ordered; undefined until they are known. */
  readonly amount: Decimal | undefined;
  readonly filled: Decimal;
};

/** What a following has on one symbol, by its own trades alone. */
export type Holding = {
  /** Base units: bought above zero, sold below, fees in the base asset deducted. */
  readonly owned: Decimal;
  /** The newest signal of the strategy of which an order was sent here. */
  readonly lastSequence: number | undefined;
  /** An order of a later action of the same signal was sent here. */
  readonly laterActionSent: boolean;
  readonly others: readonly OtherTrade[];
};

export type Holdings = {
  /** As it stands in the database: with every fill that was recorded by then. */
  readonly of: (request: TradeRequest) => Promise<Holding>;
};
