import { isZero, type Decimal } from '@latchkey/kernel';
import type { ApiKey, Exchange, OrderId } from './names.js';
import {
  averagePrice,
  executedQuantity,
  type FirstFill,
  type LinearTerms,
  type Order,
  type OrderSide,
  type TimeInForce,
  type Trigger,
} from './order.js';
import type { Pair } from './prices.js';

/** `triggering` is on its way to the engine, `triggered` has an order there, `finished` is what became of that order; the rest are ends. */
export type AlgoStatus = 'new' | 'triggering' | 'triggered' | 'finished' | 'canceled' | 'rejected' | 'expired';

export type AlgoType = 'stop' | 'stop_market' | 'take_profit' | 'take_profit_market';

/** A conditional order that a service apart from the engine keeps until its price comes; then it brings an ordinary order, its child. */
export type AlgoOrder = {
  readonly exchange: Exchange;
  readonly apiKey: ApiKey;
  readonly algoId: number;
  readonly clientAlgoId: string;
  readonly pair: Pair;
  readonly side: OrderSide;
  readonly type: AlgoType;
  readonly timeInForce: TimeInForce;
  /** None when it closes whatever position there is. */
  readonly quantity?: Decimal;
  readonly price?: Decimal;
  readonly trigger: Trigger;
  readonly triggeredBy: 'price' | 'mark';
  readonly linear: LinearTerms;
  readonly closePosition: boolean;
  readonly echo: Readonly<Record<string, string | number | boolean>>;
  readonly firstFill?: FirstFill;
  readonly status: AlgoStatus;
  readonly child?: AlgoChild;
  /** Why the engine did not take its order. */
  readonly failure?: string;
  readonly receivedAtMs: number;
  readonly acceptedAtMs: number;
  readonly updatedAtMs: number;
  readonly triggeredAtMs?: number;
  readonly hiddenUntilMs?: number;
};

/** What a conditional order tells of the order it has brought. */
export type AlgoChild = {
  readonly orderId: OrderId;
  readonly type: 'market' | 'limit';
  readonly executed: Decimal;
  readonly averagePrice: Decimal;
};

export const childOf = (order: Order): AlgoChild => ({
  orderId: order.orderId,
  type: order.type === 'market' ? 'market' : 'limit',
  executed: executedQuantity(order),
  averagePrice: isZero(executedQuantity(order)) ? ('0' as Decimal) : averagePrice(order),
});

/** Waits for its price: what can be cancelled. */
export const isWaiting = ({ status }: Pick<AlgoOrder, 'status'>): boolean => status === 'new';
/** Not at its end yet. */
export const isAlgoOpen = ({ status }: Pick<AlgoOrder, 'status'>): boolean =>
  status === 'new' || status === 'triggering' || status === 'triggered';
export const isLimit = (type: AlgoType): boolean => type === 'stop' || type === 'take_profit';
