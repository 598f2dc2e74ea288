import type { Stack } from './stack.js';

type Row = {
  readonly key: string;
  readonly database: string;
  readonly query: string;
  readonly calls: number;
  readonly ms: number;
};

const read = async ({ admin }: Stack): Promise<ReadonlyMap<string, Row>> => {
  const { rows } = await admin.query<Row>(
    `select d.datname || '/' || s.userid || '/' || s.queryid || '/' || s.toplevel as key, d.datname as database,
       left(regexp_replace(s.query, '[[:space:]]+', ' ', 'g'), 110) as query, s.calls::float8 as calls, s.total_exec_time as ms
     from pg_stat_statements s join pg_database d on d.oid = s.dbid join pg_roles r on r.oid = s.userid where not r.rolsuper`,
  );
  return new Map(rows.map((row) => [row.key, row]));
};

/** For `--statements`: which statements ran while something was done, the most frequent first, with their time in the server. */
export const watchStatements = async (stack: Stack): Promise<() => Promise<string>> => {
  const before = await read(stack);
  return async () => {
    const after = [...(await read(stack)).values()].map((row) => ({
      ...row,
      calls: row.calls - (before.get(row.key)?.calls ?? 0),
      ms: row.ms - (before.get(row.key)?.ms ?? 0),
    }));
    return after
      .filter(({ calls }) => calls > 0)
      .toSorted((a, b) => b.calls - a.calls)
      .slice(0, 60)
      .map(
        ({ database, query, calls, ms }) => `${String(calls).padStart(7)} ${ms.toFixed(0).padStart(7)} ms  ${database}: ${query}`,
      )
      .join('\n');
  };
};
