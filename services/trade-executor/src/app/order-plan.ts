import type { ClientOrderId, Decimal, Leg, TradeId } from '@latchkey/kernel';
import type { SizedOrder } from '../domain/sizing/size-order.js';
import type { Refusal } from '../domain/trade/events.js';
import type { TradeIntent } from '../domain/trade/intent.js';

/** One order as it would be sent now. */
export type OrderPlan = {
  readonly intent: TradeIntent;
  readonly leg: Leg;
  readonly clientOrderId: ClientOrderId;
  readonly side: 'buy' | 'sell';
  readonly size: SizedOrder;
  /** Of an opening: quote units, by the price it was sized at; absent where none was told. */
  readonly value?: Decimal;
  /** Of an exit: the trades whose outcome it did not wait for, or none of them when it cannot close all at once. */
  readonly covers?: readonly TradeId[];
};

export type Planned =
  | { readonly type: 'order'; readonly plan: OrderPlan }
  | ({ readonly type: 'deny' | 'expire' } & Refusal)
  /** Nothing can be said now; it is asked again. */
  | ({ readonly type: 'wait'; /** Nothing needs to wait for it meanwhile. */ readonly rests?: true } & Refusal);
