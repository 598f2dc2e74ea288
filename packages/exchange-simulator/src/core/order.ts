import { divide, isZero, subtract, sum, zero, type Decimal } from '@latchkey/kernel';
import type { ApiKey, Asset, Exchange, OrderId } from './names.js';
import type { Pair } from './prices.js';

export type OrderSide = 'buy' | 'sell';
export type OrderType =
  | 'market'
  | 'limit'
  | 'limit_maker'
  | 'stop_loss'
  | 'stop_loss_limit'
  | 'take_profit'
  | 'take_profit_limit';
export type TimeInForce = 'gtc' | 'ioc' | 'fok' | 'post_only';
/** `partially_filled` orders still wait; `expired` and `canceled` ones may hold fills too. */
export type OrderStatus = 'new' | 'partially_filled' | 'filled' | 'canceled' | 'expired' | 'rejected';
export type Market = 'spot' | 'linear';
/** `both` is the one position of one-way mode; hedge mode keeps a long and a short one beside each other. */
export type PositionSide = 'both' | 'long' | 'short';

export type Fill = {
  readonly tradeId: number;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly quote: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: Asset;
  readonly maker: boolean;
  readonly atMs: number;
  /** Linear only: what closing a position earned, fees not taken off; zero when it only opened one. */
  readonly realisedPnl?: Decimal;
};

/** Funds an open order has set aside. */
export type Reserve = { readonly asset: Asset; readonly amount: Decimal };

/** The first time the order meets the market only this part of it fills, cut to the step (fault `partial-fill`). */
export type FirstFill = { readonly share: Decimal; readonly step: Decimal };

/** What only linear orders have. In one-way mode the position side is `both`. */
export type LinearTerms = { readonly positionSide: PositionSide; readonly reduceOnly: boolean };

/** A conditional linear order enters when the price has reached `price` on its way up or down. */
export type Trigger = { readonly price: Decimal; readonly direction: 'rise' | 'fall' };

/** Why the venue itself ended an order. */
export type EndReason = 'time_in_force' | 'post_only' | 'reduce_only' | 'insufficient_funds';

type Asked = {
  readonly exchange: Exchange;
  readonly apiKey: ApiKey;
  readonly pair: Pair;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly price?: Decimal;
  readonly stopPrice?: Decimal;
  readonly clientOrderId: string;
  /** When the request arrived, by the venue's clock. */
  readonly receivedAtMs: number;
  /** Fields that the venue only repeats in its answers. */
  readonly echo: Readonly<Record<string, string | number | boolean>>;
  readonly firstFill?: FirstFill;
  /** The conditional order that brought this one. */
  readonly algoId?: number;
};

/** What a spot client asked for, after the venue's own checks and before the engine's. */
export type OrderDraft = Asked & {
  /** In base units, or a budget in quote units from which the engine picks a valid quantity. */
  readonly size: { readonly quantity: Decimal } | { readonly quoteBudget: Decimal; readonly step: Decimal };
};

/** The same for linear markets. `type` is `market` or `limit`; post-only is a time in force; stops carry a `trigger`. */
export type LinearDraft = Asked & { readonly quantity: Decimal; readonly linear: LinearTerms; readonly trigger?: Trigger };

/** An order that the venue took. Orders are never changed in place: the book replaces them. */
export type Order = Asked & {
  readonly market: Market;
  /** Always there when `market` is `linear`. */
  readonly linear?: LinearTerms;
  readonly trigger?: Trigger;
  readonly orderId: OrderId;
  readonly quantity: Decimal;
  readonly quoteBudget?: Decimal;
  readonly status: OrderStatus;
  readonly fills: readonly Fill[];
  readonly reserve?: Reserve;
  readonly endedBy?: EndReason;
  readonly acceptedAtMs: number;
  readonly updatedAtMs: number;
  /** When it became visible to the market; none while a stop waits for its trigger. */
  readonly workingSinceMs?: number;
  /** Look-ups say "not found" before this moment (fault `hide-order`). */
  readonly hiddenUntilMs?: number;
  /** The cancel's own client id, where the venue names cancels. */
  readonly cancelId?: string;
};

export const isConditional = (type: OrderType): boolean => type.startsWith('stop_loss') || type.startsWith('take_profit');
export const isOpen = ({ status }: Pick<Order, 'status'>): boolean => status === 'new' || status === 'partially_filled';

/** Base units bought or sold so far. */
export const executedQuantity = ({ fills }: Pick<Order, 'fills'>): Decimal => sum(fills.map(({ quantity }) => quantity));
/** Quote units paid or received so far, before fees. */
export const executedQuote = ({ fills }: Pick<Order, 'fills'>): Decimal => sum(fills.map(({ quote }) => quote));
/** Base units that are still asked for. */
export const remainingQuantity = (order: Pick<Order, 'fills' | 'quantity'>): Decimal =>
  subtract(order.quantity, executedQuantity(order));
/** The mean price of its fills; zero without any. */
export const averagePrice = (order: Pick<Order, 'fills'>): Decimal => {
  const executed = executedQuantity(order);
  return isZero(executed) ? zero : divide(executedQuote(order), executed);
};
