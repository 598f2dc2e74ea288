import type { Decimal } from '@latchkey/kernel';
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
export type TimeInForce = 'gtc' | 'ioc' | 'fok';
export type OrderStatus = 'new' | 'filled' | 'canceled' | 'expired';

export type Fill = {
  readonly tradeId: number;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly quote: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: Asset;
  readonly maker: boolean;
  readonly atMs: number;
};

/** Funds an open order has set aside. */
export type Reserve = { readonly asset: Asset; readonly amount: Decimal };

/** What a client asked for, after the venue's own checks and before the engine's. */
export type OrderDraft = {
  readonly exchange: Exchange;
  readonly apiKey: ApiKey;
  readonly pair: Pair;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** In base units, or a budget in quote units from which the engine picks a valid quantity. */
  readonly size: { readonly quantity: Decimal } | { readonly quoteBudget: Decimal; readonly step: Decimal };
  readonly price?: Decimal;
  readonly stopPrice?: Decimal;
  readonly clientOrderId: string;
  /** When the request arrived, by the venue's clock. */
  readonly receivedAtMs: number;
  /** Fields that the venue only repeats in its answers. */
  readonly echo: Readonly<Record<string, string | number>>;
};

/** An order that the venue took. Orders are never changed in place: the book replaces them. */
export type Order = Omit<OrderDraft, 'size'> & {
  readonly market: 'spot';
  readonly orderId: OrderId;
  readonly quantity: Decimal;
  readonly quoteBudget?: Decimal;
  readonly status: OrderStatus;
  readonly fills: readonly Fill[];
  readonly reserve?: Reserve;
  readonly acceptedAtMs: number;
  readonly updatedAtMs: number;
  /** When it became visible to the market; none while a stop waits for its trigger. */
  readonly workingSinceMs?: number;
  /** Look-ups say "not found" before this moment (fault `hide-order`). */
  readonly hiddenUntilMs?: number;
};

export const isConditional = (type: OrderType): boolean => type.startsWith('stop_loss') || type.startsWith('take_profit');
export const isOpen = (order: Order): boolean => order.status === 'new';
