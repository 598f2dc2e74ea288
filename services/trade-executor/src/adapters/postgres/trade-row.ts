import { inFlightOf } from '../../domain/risk/in-flight.js';
import { quoteOf } from '../../domain/trade/assets.js';
import type { TradeRequest } from '../../domain/trade/events.js';
import { ownedChange } from '../../domain/trade/owned.js';
import { isResting, isSettled, type Trade } from '../../domain/trade/state.js';
import { figuresOf } from '../../domain/trade/view.js';
import { entryLeg, type TradeId } from '@latchkey/kernel';

/** What changes of a trade's row with its events; the rest was written with the request. */
export type TradeRowChange = {
  readonly trade_id: TradeId;
  readonly version: number;
  readonly status: string;
  readonly side: string | null;
  readonly owned: string;
  readonly pending: boolean;
  readonly pending_value: string | null;
  readonly quote_asset: string | null;
  readonly open: boolean;
  readonly resting: boolean;
  readonly orders: unknown;
  readonly amount: string | null;
  readonly filled: string;
  readonly average_price: string | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly submitted: boolean;
  readonly settled: boolean;
  /** What it executed is not what it was: whoever writes this counts it in the same transaction. */
  readonly executed: boolean;
};

export const rowChange = (
  tradeId: TradeId,
  trade: Trade,
  { clientOrderId }: Pick<TradeRequest, 'clientOrderId'>,
  version: number,
  executed: boolean,
): TradeRowChange => {
  const pending = inFlightOf(trade);
  const attempt = trade.status === 'none' ? undefined : trade.attempt;
  const figures = figuresOf(trade, entryLeg, clientOrderId);
  return {
    trade_id: tradeId,
    version,
    status: figures.status,
    side: figures.side,
    owned: ownedChange(trade),
    pending: pending !== undefined,
    pending_value: pending?.value ?? null,
    quote_asset: (attempt && quoteOf(attempt)) ?? null,
    open: !isSettled(trade),
    resting: isResting(trade),
    orders: figures.orders,
    amount: figures.amount,
    filled: figures.filled,
    average_price: figures.averagePrice ?? null,
    reason: figures.reason ?? null,
    message: figures.message ?? null,
    submitted: figures.submitted,
    settled: isSettled(trade),
    executed,
  };
};

const columns = `trade_id uuid, version int, status text, side text, owned numeric, pending boolean, pending_value numeric, quote_asset text, open boolean, resting boolean, orders jsonb,
    amount text, filled text, average_price text, reason text, message text, submitted boolean, settled boolean, executed boolean`;

/**
 * Two queries of a WITH: the rows, and with them what their followings own. Positions are taken in their own order, so that two groups that
 * share some cannot stand in each other's way. Who has executions to count holds their position from here to the end of the transaction.
 *
 * @param changes what is selected from, as `n`: the columns, and `at`
 * @param times when it was submitted and when it was settled, as they are to stand
 */
const changing = (changes: string, times: { readonly submitted: string; readonly settled: string }): string => `changed as (
    update trades t set
      version = n.version, status = n.status, side = n.side, open = n.open, resting = n.resting, orders = n.orders, amount = n.amount, filled = n.filled,
      average_price = n.average_price, reason = n.reason, message = n.message, owned_change = n.owned,
      pending = n.pending, pending_value = n.pending_value, quote_asset = n.quote_asset,
      submitted_at = ${times.submitted}, settled_at = ${times.settled}
    from ${changes}
    where t.trade_id = n.trade_id
    returning new.user_id, new.strategy_id, new.exchange, new.environment, new.market_type, new.symbol, new.sequence, n.at, n.executed,
      new.owned_change - old.owned_change as moved, old.submitted_at is null and new.submitted_at is not null as begun
  ), moved as (
    insert into positions as p (user_id, strategy_id, exchange, environment, market_type, symbol, quantity, last_sequence, changed_at)
    select user_id, strategy_id, exchange, environment, market_type, symbol, sum(moved), max(sequence) filter (where begun), max(at)
      from changed where moved <> 0 or begun or executed group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
    on conflict (user_id, strategy_id, exchange, environment, market_type, symbol) do update set
      quantity = p.quantity + excluded.quantity, last_sequence = greatest(p.last_sequence, excluded.last_sequence),
      changed_at = excluded.changed_at
  )`;

/** When a trade's events say that it was submitted, and settled. */
export type TradeTimes = { readonly at: string; readonly submitted_at: string | null; readonly settled_at: string | null };

/**
 * Changes of events that stand in the log already, of all trades at once: whoever took positions trade by trade would stand in the way of a
 * group. `$1` is a JSON array of {@link TradeRowChange} with {@link TradeTimes}.
 */
export const updateTradeRows = `with ${changing(
  `json_to_recordset($1::json) as n (${columns}, at timestamptz, submitted_at timestamptz, settled_at timestamptz)`,
  { submitted: 'n.submitted_at', settled: 'n.settled_at' },
)} select`;

/** The changes of a group, in the statement that writes its events: the value is a JSON array of {@link TradeRowChange}. */
export const projectTradeRows = changing(
  `(select r.*, heads.at from json_to_recordset($20::json) as r (${columns}) join heads on heads.stream_id = 'trade-' || r.trade_id) as n`,
  {
    submitted: 'case when n.submitted then coalesce(t.submitted_at, n.at) end',
    settled: 'case when n.settled then coalesce(t.settled_at, n.at) end',
  },
);
