import type { DayResult } from '@latchkey/contracts';
import { decimal, isZero, type Decimal } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { resultKey, type KeptResult, type KeptTotal, type Results, type ResultsFilter } from '../../app/ports/results.js';

type FeeRow = {
  readonly asset: string;
  readonly amount: string;
  readonly value: string | null;
  readonly unvalued: string | null;
};
type CountRow = {
  readonly environment: KeptResult['environment'];
  readonly quote_asset: string | null;
  readonly realised: string;
  readonly fees_value: string;
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  readonly fees_unknown: number;
};
type FollowingRow = CountRow &
  Pick<KeptResult, 'exchange' | 'symbol'> & {
    readonly strategy_id: KeptResult['strategyId'];
    readonly market_type: KeptResult['marketType'];
    readonly quantity: string;
    readonly cost: string;
    readonly fees: readonly FeeRow[] | null;
  };
type DayRow = {
  readonly day: string;
  readonly environment: KeptResult['environment'];
  readonly quote_asset: string | null;
  readonly realised: string;
  readonly fees: string;
};

/** Executions of the days and strategy that are asked for; by trade, because a win or a loss is a trade's. */
const mine = `mine as (
    select * from executions where user_id = $1 and ($2::uuid is null or strategy_id = $2)
      and ($3::date is null or at >= $3::date::timestamp at time zone 'utc')
      and ($4::date is null or at < ($4::date + 1)::timestamp at time zone 'utc')
  ), by_trade as (
    select strategy_id, exchange, environment, market_type, symbol, quote_asset, sum(realised) as realised, sum(fee_value) as fees_value,
      bool_or(closed > 0) as closes, bool_or(fees is null) as untold
    from mine group by trade_id, 1, 2, 3, 4, 5, 6
  )`;
const counts = `coalesce(sum(realised), 0)::text as realised, coalesce(sum(fees_value), 0)::text as fees_value, count(*)::int as trades,
  count(*) filter (where closes and realised > 0)::int as wins, count(*) filter (where closes and realised < 0)::int as losses,
  count(*) filter (where untold)::int as fees_unknown`;

const byFollowing = `with ${mine}, by_following as (
    select strategy_id, exchange, environment, market_type, symbol, ${counts} from by_trade group by 1, 2, 3, 4, 5
  ), by_asset as (
    select strategy_id, exchange, environment, market_type, symbol, f.asset, sum(f.amount) as amount, sum(f.value) as value,
      sum(f.amount) filter (where f.value is null) as unvalued
    from mine cross join lateral jsonb_to_recordset(fees) as f (asset text, amount numeric, value numeric) group by 1, 2, 3, 4, 5, 6
  ), fees as (
    select strategy_id, exchange, environment, market_type, symbol, json_agg(json_build_object('asset', asset, 'amount', amount::text,
      'value', value::text, 'unvalued', unvalued::text) order by asset) as fees
    from by_asset group by 1, 2, 3, 4, 5
  )
  select p.strategy_id, p.exchange, p.environment, p.market_type, p.symbol, p.quote_asset, p.quantity::text, p.cost::text, f.fees,
    coalesce(b.realised, '0') as realised, coalesce(b.trades, 0) as trades, coalesce(b.wins, 0) as wins, coalesce(b.losses, 0) as losses,
    coalesce(b.fees_unknown, 0) as fees_unknown, coalesce(b.fees_value, '0') as fees_value
  from positions p
    left join by_following b using (strategy_id, exchange, environment, market_type, symbol)
    left join fees f using (strategy_id, exchange, environment, market_type, symbol)
  where p.user_id = $1 and ($2::uuid is null or strategy_id = $2) and (b.trades > 0 or p.quantity <> 0)`;

/** What is owned counts among the totals though nothing was executed in these days. */
const byQuote = `with ${mine}, kept as (
    select environment, quote_asset, ${counts} from by_trade group by 1, 2
  )
  select q.environment, q.quote_asset, coalesce(k.realised, '0') as realised, coalesce(k.fees_value, '0') as fees_value, coalesce(k.trades, 0) as trades,
    coalesce(k.wins, 0) as wins, coalesce(k.losses, 0) as losses, coalesce(k.fees_unknown, 0) as fees_unknown
  from (
    select environment, quote_asset from kept union
    select environment, quote_asset from positions where user_id = $1 and ($2::uuid is null or strategy_id = $2) and quantity <> 0
  ) q left join kept k on k.environment = q.environment and k.quote_asset is not distinct from q.quote_asset order by 1, 2 nulls last`;

const byDay = `with ${mine}
  select to_char(at at time zone 'utc', 'YYYY-MM-DD') as day, environment, quote_asset, sum(realised)::text as realised, sum(fee_value)::text as fees
  from mine group by 1, 2, 3 having bool_or(realised <> 0) order by 1 desc, 2, 3 nulls last limit 400`;

const countsOf = ({ quote_asset, realised, trades, wins, losses, fees_unknown }: CountRow) => ({
  quoteAsset: quote_asset,
  realised: decimal(realised),
  trades,
  wins,
  losses,
  feesUnknown: fees_unknown,
});

const feeOf = ({ asset, amount, value, unvalued }: FeeRow): KeptResult['fees'][number] => ({
  asset,
  amount: decimal(amount),
  ...(value !== null && { value: decimal(value) }),
  ...(unvalued !== null && { unvalued: decimal(unvalued) }),
});

const resultOf = (row: FollowingRow): KeptResult => ({
  strategyId: row.strategy_id,
  exchange: row.exchange,
  environment: row.environment,
  marketType: row.market_type,
  symbol: row.symbol,
  ...countsOf(row),
  fees: (row.fees ?? []).map(feeOf),
  standing: { quantity: decimal(row.quantity), cost: isZero(decimal(row.quantity)) ? ('0' as Decimal) : decimal(row.cost) },
});

const totalOf = (row: CountRow): KeptTotal => ({ environment: row.environment, ...countsOf(row), fees: decimal(row.fees_value) });
const dayOf = ({ day, environment, quote_asset, realised, fees }: DayRow): DayResult => ({
  day,
  environment,
  quoteAsset: quote_asset,
  realised: decimal(realised),
  fees: decimal(fees),
});

/** Results are sums of `executions`; nothing else is kept of them that could disagree. */
export const createResults = (pool: Pool): Results => ({
  of: async ({ userId, strategyId, from, to }: ResultsFilter) => {
    const values = [userId, strategyId ?? null, from ?? null, to ?? null];
    const [followings, totals, days] = await Promise.all([
      pool.query<FollowingRow>(byFollowing, values),
      pool.query<CountRow>(byQuote, values),
      pool.query<DayRow>(byDay, values),
    ]);
    return {
      followings: followings.rows.map(resultOf).toSorted((one, other) => (resultKey(one) < resultKey(other) ? -1 : 1)),
      totals: totals.rows.map(totalOf),
      days: days.rows.map(dayOf),
    };
  },
});
