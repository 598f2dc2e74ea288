import { noLimits, type HaltScope, type Limits, type TradingEnvironment } from '@latchkey/contracts';
import { withTransaction, type Tx } from '@latchkey/event-store';
import { decimal, type StrategyId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { scopeKey, scopesOf, type Bars } from '../../domain/risk/bar-on-opening.js';
import type { Opening } from '../../domain/risk/limit-on-opening.js';
import type { Held, Pending, Realised, Standing } from '../../domain/risk/standing.js';
import { watchMs } from '../../domain/settlement/watch-policy.js';

type Owned = {
  readonly environment: TradingEnvironment;
  readonly strategyId: StrategyId;
  readonly market: string;
  readonly quoteAsset: string | null;
};
type Row =
  | { readonly kind: 'halt'; readonly key: string; readonly data: string }
  | { readonly kind: 'limits'; readonly key: string; readonly data: Limits }
  | { readonly kind: 'held'; readonly key: string; readonly data: Owned & { readonly quantity: string; readonly cost: string } }
  | {
      readonly kind: 'pending';
      readonly key: string;
      readonly data: Owned & { readonly tradeId: string; readonly value: string | null };
    }
  | {
      readonly kind: 'realised';
      readonly key: string;
      readonly data: Omit<Owned, 'market'> & { readonly day: string; readonly amount: string };
    }
  | {
      readonly kind: 'lost';
      readonly key: string;
      readonly data: Pick<Owned, 'environment' | 'strategyId'> & { readonly at: number };
    };

/**
 * One statement for all openings of a group. Users on whom no limit needs figures are not looked at beyond their limits; of the others: what they
 * hold, what is under way, what they realised on the days of these openings, and their last losing closes.
 */
const text = `with asked as (
    select * from json_to_recordset($1::json) as a (user_id text, strategy_id uuid, at timestamptz)
  ), scopes as (
    select * from unnest($2::text[], $3::text[]) as s (scope, target)
  ), limited as materialized (
    select l.scope, l.target, l.limits from risk_limits l join scopes using (scope, target)
  ), users as materialized (
    select a.user_id, min(a.at) as first, max((l.limits->>'coolDownSeconds')::int) as cool_down
    from asked a join limited l on l.target = case l.scope when 'user' then a.user_id when 'strategy' then a.strategy_id::text else '' end
    where l.limits ? 'maxOpenPositions' or l.limits ? 'maxExposure' or l.limits ? 'maxDailyLoss' or l.limits ? 'coolDownSeconds'
    group by 1
  )
  select 'halt' as kind, scope || '/' || target as key, to_jsonb(reason) as data from trading_halts join scopes using (scope, target) where halted
  union all select 'limits', scope || '/' || target, limits from limited
  union all select 'held', user_id, jsonb_build_object('environment', environment, 'strategyId', strategy_id, 'market', concat_ws('/', exchange, environment, market_type, symbol),
      'quoteAsset', quote_asset, 'quantity', quantity::text, 'cost', cost::text)
    from users join positions using (user_id) where quantity <> 0
  union all select 'pending', user_id, jsonb_build_object('tradeId', trade_id, 'environment', environment, 'strategyId', strategy_id,
      'market', concat_ws('/', exchange, environment, market_type, symbol), 'quoteAsset', quote_asset, 'value', pending_value::text)
    from users join trades using (user_id) where pending and (open or settled_at > $4)
  union all select 'realised', user_id, jsonb_build_object('environment', environment, 'strategyId', strategy_id, 'quoteAsset', quote_asset, 'day', day, 'amount', amount::text)
    from (
      select user_id, environment, strategy_id, quote_asset, to_char(e.at at time zone 'utc', 'YYYY-MM-DD') as day, sum(realised) as amount
      from users join executions e using (user_id) where e.at >= date_trunc('day', first, 'utc') group by 1, 2, 3, 4, 5
    ) r
  union all select 'lost', user_id, jsonb_build_object('environment', environment, 'strategyId', strategy_id, 'at', (extract(epoch from max(at)) * 1000)::bigint)
    from (
      select user_id, environment, strategy_id, max(e.at) as at
      from users join executions e using (user_id) where cool_down is not null and e.trade_id in (
        select x.trade_id from executions x where x.user_id = users.user_id and x.at > first - make_interval(secs => cool_down)
      )
      group by 1, 2, 3, trade_id having bool_or(closed > 0) and sum(realised) < 0
    ) l group by user_id, environment, strategy_id`;

const own = ({ environment, strategyId, market, quoteAsset }: Owned) => ({
  environment,
  strategyId,
  market,
  quoteAsset: quoteAsset ?? undefined,
});

const standingOf = (rows: readonly Row[]): Standing => ({
  held: rows.flatMap((row): readonly Held[] =>
    row.kind === 'held' ? [{ ...own(row.data), quantity: decimal(row.data.quantity), cost: decimal(row.data.cost) }] : [],
  ),
  pending: rows.flatMap((row): readonly Pending[] => {
    if (row.kind !== 'pending') return [];
    const { tradeId, value } = row.data;
    return [{ ...own(row.data), tradeId, value: value === null ? undefined : decimal(value) }];
  }),
  realised: rows.flatMap((row): readonly Realised[] => {
    if (row.kind !== 'realised') return [];
    const { environment, strategyId, day, quoteAsset, amount } = row.data;
    return [{ environment, strategyId, day, quoteAsset: quoteAsset ?? undefined, amount: decimal(amount) }];
  }),
  lostAt: rows.flatMap((row) => (row.kind === 'lost' ? [row.data] : [])),
});

const ofUser: ReadonlySet<Row['kind']> = new Set<Row['kind']>(['held', 'pending', 'realised', 'lost']);

/** What concerns any of these openings, as it is in this transaction. */
export const readBars = async (tx: Tx, openings: readonly Opening[]): Promise<Bars> => {
  const scopes = [
    ...new Map(openings.flatMap(scopesOf).map((of): [string, readonly [HaltScope, string]] => [scopeKey(...of), of])).values(),
  ];
  const asked = openings.map(({ userId, strategyId, at }) => ({
    user_id: userId,
    strategy_id: strategyId,
    at: new Date(at).toISOString(),
  }));
  const latest = Math.max(...openings.map(({ at }) => at));
  const { rows } = await tx.query<Row>({
    name: 'executor-bars',
    text,
    values: [
      JSON.stringify(asked),
      scopes.map(([scope]) => scope),
      scopes.map(([, target]) => target),
      new Date(latest - watchMs).toISOString(),
    ],
  });
  // A user without a row of their own has nothing; those that need none are not asked for.
  const byUser = Map.groupBy(
    rows.filter(({ kind }) => ofUser.has(kind)),
    ({ key }) => key,
  );
  const limits = new Map(
    rows.flatMap((row) => (row.kind === 'limits' ? [[row.key, { ...noLimits, ...row.data }] as const] : [])),
  );
  return {
    halts: new Map(rows.flatMap((row) => (row.kind === 'halt' ? [[row.key, row.data] as const] : []))),
    limits,
    standings:
      limits.size === 0 ? new Map() : new Map(openings.map(({ userId }) => [userId, standingOf(byUser.get(userId) ?? [])])),
  };
};

/** The same outside of a transaction that records an opening: for whoever only asks. */
export const createBars =
  (pool: Pool) =>
  (openings: readonly Opening[]): Promise<Bars> =>
    withTransaction(pool, (tx) => readBars(tx, openings));
