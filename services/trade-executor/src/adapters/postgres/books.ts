import { decimal, type TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { ActiveBook, BookKey, Books } from '../../app/ports/books.js';
import type { RecordedTrade } from '../../domain/reconciliation/compare-orders.js';
import { partitionOf } from '@latchkey/contracts';

const dayMs = 24 * 60 * 60_000;

type BookRow = {
  readonly user_id: BookKey['userId'];
  readonly exchange: BookKey['exchange'];
  readonly environment: BookKey['environment'];
  readonly market_type: BookKey['marketType'];
  readonly last_change: string;
};

// What is on paper is no venue's. A market counts by its trades of the last day, and by what is owned in it, however old that is.
const active = `
  select user_id, exchange, environment, market_type, extract(epoch from max(changed)) * 1000 as last_change from (
    select user_id, exchange, environment, market_type, coalesce(settled_at, submitted_at, requested_at) as changed
      from trades where requested_at > $1 and partition = any($2::smallint[]) and environment <> 'paper'
    union all
    select user_id, exchange, environment, market_type, changed_at from positions where (quantity <> 0 or changed_at > $1) and environment <> 'paper'
  ) book group by user_id, exchange, environment, market_type`;

// Amounts are compared by symbol; a list of orders begins at the oldest of the last day that the venue has named, whichever leg of a trade it is.
const symbols = `
  with recent as (
    select symbol, bool_or(open) as open, count(*) as trades, sum(version) as versions,
      (array_agg(first_id order by requested_at) filter (where first_id is not null))[1] as since
    from trades, lateral (select jsonb_path_query_first(orders, '$[*].orderId') #>> '{}' as first_id) as known where user_id = $1 and exchange = $2 and environment = $3 and market_type = $4 and (open or requested_at > $5)
    group by symbol
  ), owned as (
    select symbol, sum(quantity) as quantity from positions
    where user_id = $1 and exchange = $2 and environment = $3 and market_type = $4 group by symbol
  )
  select coalesce(r.symbol, o.symbol) as symbol, coalesce(r.open, false) as open, r.since, coalesce(o.quantity, 0)::text as owned,
    r.trades, r.versions
  from recent r full join owned o on o.symbol = r.symbol order by 1`;

type SymbolRow = {
  readonly symbol: string;
  readonly open: boolean;
  readonly since: string | null;
  readonly owned: string;
  readonly trades: string | null;
  readonly versions: string | null;
};

/** Our side of the books, from the rows that the events of trades keep. */
export const createBooks = (pool: Pool): Books => ({
  active: async (partitions) => {
    const found = await pool.query<BookRow>(active, [new Date(Date.now() - dayMs).toISOString(), partitions]);
    const held = new Set(partitions);
    return found.rows
      .map((row): ActiveBook => ({
        userId: row.user_id,
        exchange: row.exchange,
        environment: row.environment,
        marketType: row.market_type,
        partition: partitionOf(row.user_id),
        lastChange: Number(row.last_change),
      }))
      .filter(({ partition }) => held.has(partition));
  },
  read: async ({ userId, exchange, environment, marketType }) => {
    const recent = new Date(Date.now() - dayMs).toISOString();
    const { rows } = await pool.query<SymbolRow>(symbols, [userId, exchange, environment, marketType, recent]);
    return {
      symbols: rows.map(({ symbol, open, since, owned }) => ({
        symbol,
        open,
        owned: decimal(owned),
        ...(since !== null && { since }),
      })),
      revision: JSON.stringify(rows.map(({ symbol, owned, trades, versions }) => [symbol, owned, trades, versions])),
    };
  },
  trades: async ({ userId, exchange, environment, marketType, symbol }, tradeIds) => {
    if (tradeIds.length === 0) return new Map();
    const found = await pool.query<{ trade_id: TradeId; status: RecordedTrade['status']; open: boolean; filled: string }>(
      `select trade_id, status, open, filled from trades
        where trade_id = any($1::uuid[]) and user_id = $2 and exchange = $3 and environment = $4 and market_type = $5 and symbol = $6`,
      [tradeIds, userId, exchange, environment, marketType, symbol],
    );
    return new Map(
      found.rows.map(({ trade_id, status, open, filled }) => [
        trade_id,
        { tradeId: trade_id, status, open, filled: decimal(filled) },
      ]),
    );
  },
});
