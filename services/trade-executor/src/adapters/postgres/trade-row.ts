import type { TradeRequest } from '../../domain/trade/events.js';
import type { Trade } from '../../domain/trade/state.js';
import { isSettled } from '../../domain/trade/state.js';
import { figuresOf } from '../../domain/trade/view.js';
import { entryLeg, type TradeId } from '@latchkey/kernel';

/** What changes of a trade's row with its events; the rest was written with the request. */
export type TradeRowChange = {
  readonly trade_id: TradeId;
  readonly version: number;
  readonly status: string;
  readonly open: boolean;
  readonly orders: unknown;
  readonly amount: string | null;
  readonly filled: string;
  readonly average_price: string | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly submitted: boolean;
  readonly settled: boolean;
  /** When the newest event was recorded. */
  readonly at: string;
};

export const rowChange = (
  tradeId: TradeId,
  trade: Trade,
  { clientOrderId }: Pick<TradeRequest, 'clientOrderId'>,
  version: number,
  at: string,
): TradeRowChange => {
  const figures = figuresOf(trade, entryLeg, clientOrderId);
  return {
    trade_id: tradeId,
    version,
    status: figures.status,
    open: !isSettled(trade),
    orders: figures.orders,
    amount: figures.amount,
    filled: figures.filled,
    average_price: figures.averagePrice ?? null,
    reason: figures.reason ?? null,
    message: figures.message ?? null,
    submitted: figures.submitted,
    settled: isSettled(trade),
    at,
  };
};

/** All changes of a group in one statement; `$1` is a JSON array of {@link TradeRowChange}. */
export const updateTradeRows = `
  update trades t set
    version = n.version, status = n.status, open = n.open, orders = n.orders, amount = n.amount, filled = n.filled,
    average_price = n.average_price, reason = n.reason, message = n.message,
    submitted_at = case when n.submitted then coalesce(t.submitted_at, n.at) end,
    settled_at = case when n.settled then coalesce(t.settled_at, n.at) end
  from json_to_recordset($1::json) as n (trade_id uuid, version int, status text, open boolean, orders jsonb, amount text, filled text,
    average_price text, reason text, message text, submitted boolean, settled boolean, at timestamptz)
  where t.trade_id = n.trade_id`;
