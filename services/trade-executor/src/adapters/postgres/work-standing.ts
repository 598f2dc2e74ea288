import { partitionCount, partitionToken, type StuckTrade } from '@latchkey/contracts';
import type { TradeId, UserId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Standing } from '../../app/ports/standing.js';
import { readDrifts } from './drifts.js';
import { explainedMs, isOpenStatus, stuckMessage } from '../../domain/watch/stuck-trade.js';

type StuckRow = Pick<StuckTrade, 'exchange' | 'environment' | 'status' | 'partition' | 'symbol'> & {
  readonly trade_id: TradeId;
  readonly user_id: UserId;
  readonly market_type: StuckTrade['marketType'];
  readonly since: Date;
  readonly count: number;
};

const names = Array.from({ length: partitionCount }, (_, partition) => `partition-${partitionToken(partition)}`);
const numberOf = (name: string): number => names.indexOf(name);
const explained = JSON.stringify(explainedMs);

// A trade that was first sent is counted from there: before, it waited for its turn.
const stuckFrom = `from (
    select *, coalesce(submitted_at, requested_at) as since from trades where open
  ) t where clock_timestamp() - since > ($1::jsonb ->> status)::float8 * interval '1 ms'`;

const stuckOf = (row: StuckRow): StuckTrade => ({
  tradeId: row.trade_id,
  userId: row.user_id,
  exchange: row.exchange,
  environment: row.environment,
  marketType: row.market_type,
  symbol: row.symbol,
  status: row.status,
  since: row.since.toISOString(),
  partition: row.partition,
  message: isOpenStatus(row.status) ? stuckMessage(row.status) : '',
});

const living = `select holder as name, (select count(*)::int from leases l where l.holder = e.holder and l.name = any($1::text[])
    and l.expires_at > clock_timestamp()) as partitions from executors e where expires_at > clock_timestamp() order by holder`;

const unownedNames = `select n.name, case when l.expires_at > '-infinity' then
    extract(epoch from clock_timestamp() - l.expires_at) * 1000 end as for_ms
  from unnest($1::text[]) as n (name) left join leases l on l.name = n.name
  where l.expires_at is null or l.expires_at < clock_timestamp()`;

/** How the work stands, by the database that all executors share. */
export const createStanding = (pool: Pool): Standing => {
  const executors = async () => (await pool.query<{ name: string; partitions: number }>(living, [names])).rows;
  const unowned = async () => (await pool.query<{ name: string; for_ms: string | null }>(unownedNames, [names])).rows;
  return {
    read: async () => {
      const [alive, free, open, stuck, drifts] = await Promise.all([
        executors(),
        unowned(),
        pool.query<{ count: number }>('select count(*)::int as count from trades where open'),
        pool.query<StuckRow>(`select *, count(*) over ()::int as count ${stuckFrom} order by since limit 20`, [explained]),
        readDrifts(pool),
      ]);
      return {
        executors: alive.map(({ name, partitions }) => ({ name: name.slice(0, 120), partitions })),
        partitions: { count: partitionCount, unowned: free.map(({ name }) => numberOf(name)).toSorted((a, b) => a - b) },
        openTrades: open.rows[0]?.count ?? 0,
        drifts,
        stuck: { count: stuck.rows[0]?.count ?? 0, trades: stuck.rows.map(stuckOf) },
      };
    },
    unowned: async () =>
      (await unowned()).map(({ name, for_ms }) => ({
        partition: numberOf(name),
        ...(for_ms !== null && { forMs: Number(for_ms) }),
      })),
    newlyStuck: async (partitions) => {
      const found = await pool.query<StuckRow>(
        `select * ${stuckFrom} and partition = any($2::smallint[])
          and not exists (select from streams s where s.stream_id = 'stuck-' || trade_id) order by since limit 100`,
        [explained, partitions],
      );
      return found.rows.map(stuckOf);
    },
  };
};
