import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type Stack } from './support/stack.js';

const databases = ['gateway', 'key_vault', 'trade_executor', 'audit'] as const;
type Database = (typeof databases)[number];

// Written by hand, not read from the migrations: s select, i insert, u update (u: whole rows, c: some columns), d delete.
const publisher = { events: 'sic', log_epochs: 'si', streams: 'siu', subject_heads: 'siu', relay_checkpoints: 'siu' };
const consumer = { consumer_positions: 'siu', consumer_subjects: 'siu', dead_letters: 'siu' };
const expected: Readonly<Record<Database, Readonly<Record<string, string>>>> = {
  gateway: {
    ...publisher,
    leases: 'siu',
    strategies: 'sic',
    signals: 'sic',
    refused_alerts: 'si',
    told_positions: 'sic',
    origins: 'si',
    rate_limits: 'siud',
  },
  key_vault: {
    ...publisher,
    ...consumer,
    leases: 'siu',
    credentials: 'siu',
    credential_secrets: 'siud',
    verifications: 'siud',
    signed_attempts: 'si',
    key_sentinels: 'sid',
    used_sealed_secrets: 'sid',
    sealing_keys: 'sicd',
    fingerprint_keys: 'sic',
    master_key_uses: 'sic',
    retired_keys: 'si',
    key_pairs: 'siud',
    trading_halts: 'siu',
    symbol_lists: 'siu',
    signing_rates: 'siu',
  },
  trade_executor: {
    ...publisher,
    ...consumer,
    leases: 'siu',
    followings: 'siu',
    trading_halts: 'siu',
    risk_limits: 'siu',
    lanes: 'siu',
    trades: 'siu',
    positions: 'siu',
    executions: 'siud',
    paper_accounts: 'siu',
    paper_orders: 'si',
    position_drifts: 'siu',
    executors: 'siud',
    rate_limits: 'siud',
    egress_addresses: 'siud',
  },
  audit: { ...consumer, leases: 'siu', audit_entries: 'si' },
};
const auditorsExpected: Readonly<Record<Database, Readonly<Record<string, string>>>> = {
  gateway: { events: 's', log_epochs: 's' },
  key_vault: { events: 's', log_epochs: 's', dead_letters: 's' },
  trade_executor: { events: 's', log_epochs: 's' },
  audit: { audit_entries: 's' },
};

describe('database roles', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack?.dispose());

  const inDatabase = (url: string, database: string): string => Object.assign(new URL(url), { pathname: `/${database}` }).href;
  const query = async <Row extends object>(
    url: string,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const urlOf = (role: Database): string => stack.description().postgres.databases[role.replaceAll('_', '-')] as string;
  const auditorUrl = (): string => stack.description().postgres.auditor['audit'] as string;

  /** What a role may do, table by table, as the server itself says. */
  const privileges = async (role: string, database: string): Promise<Record<string, string>> => {
    const rows = await query<{ name: string; rights: string }>(
      inDatabase(stack.description().postgres.admin, database),
      `select c.relname as name,
         concat(case when has_table_privilege($1, c.oid, 'SELECT') then 's' end, case when has_table_privilege($1, c.oid, 'INSERT') then 'i' end,
                case when has_table_privilege($1, c.oid, 'UPDATE') then 'u' when has_any_column_privilege($1, c.oid, 'UPDATE') then 'c' end,
                case when has_table_privilege($1, c.oid, 'DELETE') then 'd' end, case when has_table_privilege($1, c.oid, 'TRUNCATE') then 't' end,
                case when has_table_privilege($1, c.oid, 'REFERENCES') then 'r' end, case when has_table_privilege($1, c.oid, 'TRIGGER') then 'g' end,
                case when has_table_privilege($1, c.oid, 'MAINTAIN') then 'm' end) as rights
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
      [role],
    );
    return Object.fromEntries(rows.filter(({ rights }) => rights !== '').map(({ name, rights }) => [name, rights]));
  };

  it.each(databases)('%s may do what its tables need, and nothing else', async (role) => {
    expect(await privileges(role, role)).toEqual(expected[role]);
  });

  it.each(databases)('the auditor may read the log or the record of %s, and nothing else', async (database) => {
    expect(await privileges('auditor', database)).toEqual(auditorsExpected[database]);
  });

  it.each(
    databases.flatMap((role) =>
      [...databases, 'postgres', 'template1'].filter((other) => other !== role).map((other) => [role, other] as const),
    ),
  )('%s cannot connect to %s', async (role, other) => {
    await expect(query(inDatabase(urlOf(role), other), 'select 1')).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    'create table mine (id int)',
    'create schema mine',
    'create temporary table mine (id int)',
    'alter table leases add column extra int',
    'drop table leases',
    'truncate leases',
    'alter table leases disable trigger all',
    'set session_replication_role = replica',
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to program 'true'",
    'create role other',
    'set role postgres',
  ])('no service may: %s', async (statement) => {
    for (const role of databases)
      await expect(query(urlOf(role), statement), role).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|0A000)$/) });
  });

  it('a grant by a service changes nothing: Postgres answers it with a warning', async () => {
    for (const role of databases) {
      await query(urlOf(role), 'grant select on leases to public');
      expect(await privileges('auditor', role)).toEqual(auditorsExpected[role]);
    }
  });

  it('no role of ours is a superuser, makes roles or databases, or belongs to another', async () => {
    const rows = await query<{ name: string }>(
      stack.description().postgres.admin,
      `select r.rolname as name from pg_roles r where r.rolname !~ '^pg_' and r.rolname <> 'postgres'
         and (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls or exists (select from pg_auth_members m where m.member = r.oid))`,
    );
    expect(rows).toEqual([]);
  });

  it('the auditor can write nowhere', async () => {
    for (const database of databases) {
      await expect(query(inDatabase(auditorUrl(), database), 'create table mine (id int)')).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|25006)$/),
      });
    }
  });
});
