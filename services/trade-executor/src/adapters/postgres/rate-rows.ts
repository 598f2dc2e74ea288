import type { Pool } from 'pg';
import type { RateRows } from '../../app/rate-limits/rate-rows.js';

/**
 * Refills, takes back, believes the venue and grants, row by row, at this database's time; in the order of their names, so that two executors
 * cannot stand in each other's way. A row that is new begins full.
 *
 * Of what is asked, `granted` carries what is wanted and `tokens` what a full row keeps after it, with what comes back on top: so one statement
 * serves rows that are there and rows that are not. A grant is not worth a wait for the disk, for what a crash of Postgres forgets is a moment's
 * worth; a venue's word is.
 */
const exchange = `
  with setting as (select set_config('synchronous_commit', $8, true)),
  asked as (
    select key, want, back, burst, per_ms, told, block_ms, extract(epoch from clock_timestamp())::float8 * 1000 as now
    from setting, unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])
      as a (key, want, back, burst, per_ms, told, block_ms)
  )
  insert into rate_limits as r (key, tokens, granted, burst, per_ms, told, at, blocked_until)
  select key, burst - want + back, want, burst, per_ms, told, now, now + block_ms from asked order by key
  on conflict (key) do update set (tokens, granted, burst, per_ms, told, at, blocked_until) = (
    select there - given, given, excluded.burst, excluded.per_ms, excluded.told, greatest(r.at, excluded.at), blocked
    from (
      select
        least(
          excluded.burst,
          r.tokens + greatest(0, excluded.at - r.at) * excluded.per_ms + (excluded.tokens - excluded.burst + excluded.granted),
          excluded.told
        ) as there,
        greatest(r.blocked_until, excluded.blocked_until) as blocked
    ) l,
    lateral (select case when blocked > excluded.at then 0 else greatest(0, least(excluded.granted, there)) end as given) g
  )
  returning key, granted, tokens, greatest(0, blocked_until - at) as blocked_ms`;

const blocked = `
  select key, blocked_until - extract(epoch from clock_timestamp())::float8 * 1000 as blocked_ms
  from rate_limits where key = any($1::text[]) and blocked_until > extract(epoch from clock_timestamp())::float8 * 1000`;

/** Accounts that sent nothing for this long are full again, whatever they had left. */
const forgottenAfterMs = 7 * 86_400_000;

type Row = { readonly key: string; readonly granted: number; readonly tokens: number; readonly blocked_ms: number };

/** The limiter's rows in the executor's database, without which nothing can be sent anyway. */
export const createRateRows = (pool: Pick<Pool, 'query'>): RateRows & { readonly prune: () => Promise<void> } => ({
  exchange: async (asked) => {
    const says = asked.some(({ blockMs }) => blockMs !== undefined);
    const { rows } = await pool.query<Row>({
      name: 'executor-rate-exchange',
      text: exchange,
      values: [
        asked.map(({ key }) => key),
        asked.map(({ want, burst }) => Math.min(want, burst)),
        asked.map(({ back }) => back),
        asked.map(({ burst }) => burst),
        asked.map(({ perMs }) => perMs),
        asked.map(({ told }) => told ?? null),
        asked.map(({ blockMs }) => blockMs ?? 0),
        says ? 'on' : 'off',
      ],
    });
    return new Map(rows.map(({ key, granted, tokens, blocked_ms }) => [key, { granted, tokens, blockedMs: blocked_ms }]));
  },
  blocked: async (keys) => {
    const { rows } = await pool.query<Pick<Row, 'key' | 'blocked_ms'>>({
      name: 'executor-rate-blocked',
      text: blocked,
      values: [keys],
    });
    return new Map(rows.map(({ key, blocked_ms }) => [key, blocked_ms]));
  },
  prune: async () => {
    await pool.query(
      'delete from rate_limits where greatest(at, blocked_until) < extract(epoch from clock_timestamp()) * 1000 - $1',
      [forgottenAfterMs],
    );
  },
});
