import type { FeeTaken, TimelineEntry, TradeView } from '@latchkey/contracts';
import { decimal, traceIdOf, type SignalId, type TradeId, type UserId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { ExecutorError } from '../../app/executor-error.js';
import type { TradeViews } from '../../app/ports/trade-views.js';
import { signalStream, tradeStream, type ExecutorStore } from './executor-store.js';

type Row = {
  readonly trade_id: TradeId;
  readonly signal_id: SignalId;
  readonly strategy_id: string;
  readonly user_id: string;
  readonly exchange: string;
  readonly environment: string;
  readonly market_type: string;
  readonly symbol: string;
  readonly action: string;
  readonly side: string | null;
  readonly client_order_id: string;
  readonly status: TradeView['status'];
  readonly orders: TradeView['orders'];
  readonly amount: string | null;
  readonly filled: string;
  readonly average_price: string | null;
  readonly realised: string | null;
  readonly fees: readonly (Omit<FeeTaken, 'value'> & { readonly value: string | null })[] | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly received_at: Date;
  readonly requested_at: Date;
  readonly submitted_at: Date | null;
  readonly settled_at: Date | null;
};

const viewOf = (row: Row): TradeView => ({
  id: row.trade_id,
  signalId: row.signal_id,
  strategyId: row.strategy_id as TradeView['strategyId'],
  exchange: row.exchange as TradeView['exchange'],
  environment: row.environment as TradeView['environment'],
  marketType: row.market_type as TradeView['marketType'],
  symbol: row.symbol,
  action: row.action as TradeView['action'],
  side: row.side as TradeView['side'],
  status: row.status,
  clientOrderId: row.client_order_id,
  orders: row.orders,
  amount: row.amount === null ? null : decimal(row.amount),
  filled: decimal(row.filled),
  ...(row.average_price !== null && { averagePrice: decimal(row.average_price) }),
  ...(row.realised !== null && { realised: decimal(row.realised) }),
  fees: (row.fees ?? []).map(({ asset, amount, value }) => ({
    asset,
    amount: decimal(amount),
    ...(value !== null && { value: decimal(value) }),
  })),
  ...(row.reason !== null && { reason: row.reason }),
  ...(row.message !== null && { message: row.message }),
  timings: {
    receivedAt: row.received_at.toISOString(),
    requestedAt: row.requested_at.toISOString(),
    ...(row.submitted_at && { submittedAt: row.submitted_at.toISOString() }),
    ...(row.settled_at && { settledAt: row.settled_at.toISOString() }),
  },
});

/** A trade with what came of its executions, its fees by asset. */
const select = `select t.*, r.realised, r.fees from trades t left join lateral (
    select sum(e.realised)::text as realised, (
      select json_agg(a order by a.asset) from (
        select f.asset, sum(f.amount)::text as amount, case when bool_and(f.value is not null) then sum(f.value)::text end as value
        from executions x cross join lateral jsonb_to_recordset(x.fees) as f (asset text, amount numeric, value numeric)
        where x.trade_id = t.trade_id group by 1) a) as fees
    from executions e where e.trade_id = t.trade_id
  ) r on true`;

/** Newest first; the cursor is the last row's place, so that new trades do not shift a page. */
const cursorOf = ({ requested_at, trade_id }: Row): string =>
  Buffer.from(`${requested_at.getTime()}.${trade_id}`).toString('base64url');

const readCursor = (cursor: string): readonly [string, string] => {
  const [, ms, tradeId] = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (ms === undefined || tradeId === undefined) {
    throw new ExecutorError('trades.cursor_invalid', 'the cursor is none of ours; leave it out to begin with the newest trade');
  }
  return [new Date(Number(ms)).toISOString(), tradeId];
};

/** Trades as their owners read them. */
export const createTradeViews = ({
  pool,
  store,
}: {
  readonly pool: Pool;
  readonly store: Pick<ExecutorStore, 'load' | 'version'>;
}): TradeViews => {
  const list = async (userId: UserId, { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number }) => {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const found = await pool.query<Row>(
      `${select} where user_id = $1 and ($2::timestamptz is null or (requested_at, trade_id) < ($2, $3::uuid))
       order by requested_at desc, trade_id desc limit $4`,
      [userId, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const rows = found.rows.slice(0, limit);
    const last = rows.at(-1);
    return { trades: rows.map(viewOf), nextCursor: found.rows.length > limit && last ? cursorOf(last) : null };
  };

  const find = async (userId: UserId, tradeId: TradeId) => {
    const found = await pool.query<Row>(`${select} where trade_id = $1 and user_id = $2`, [tradeId, userId]);
    const row = found.rows[0];
    if (!row) return { trade: null, timeline: [], traceId: null };
    const { events } = await store.load(pool, tradeStream(tradeId));
    const timeline = events.map(({ type, time, data }): TimelineEntry => ({ type, at: time, data: { ...data } }));
    const traceparent = events[0]?.metadata.traceparent;
    return { trade: viewOf(row), timeline, traceId: traceparent === undefined ? null : traceIdOf(traceparent) };
  };

  const ofSignal = async (signalId: SignalId, userId: UserId) => {
    // First: a fan-out that is done by then has all of its trades in what is read afterwards, and nobody is told "done" and nothing.
    const version = await store.version(pool, signalStream(signalId));
    const [own, all] = await Promise.all([
      pool.query<Row>(`${select} where signal_id = $1 and user_id = $2 order by ordinal`, [signalId, userId]),
      pool.query<{ status: string; count: number }>(
        'select status, count(*)::int as count from trades where signal_id = $1 group by status',
        [signalId],
      ),
    ]);
    const counts = Object.fromEntries(all.rows.map(({ status, count }) => [status, count]));
    return {
      fanOut: version > 0 ? ('done' as const) : ('pending' as const),
      trades: own.rows.map(viewOf),
      counts,
      total: all.rows.reduce((total, { count }) => total + count, 0),
    };
  };

  return { list, find, ofSignal };
};
