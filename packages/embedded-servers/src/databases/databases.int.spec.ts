import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type RunningPostgres } from '../postgres/start-postgres.js';
import { applyMigrations } from './apply-migrations.js';
import { ensureDatabases, type DatabaseUrls, type EnsureDatabasesOptions } from './ensure-databases.js';
import { urlInDatabase } from './names.js';
import { withClient } from './with-client.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const services = ['gateway', 'key-vault', 'trade-executor', 'audit'] as const;

let folder: string;
let server: RunningPostgres;
let options: EnsureDatabasesOptions;
let urls: Readonly<Record<string, DatabaseUrls>>;
const of = (service: (typeof services)[number]) => urls[service] as DatabaseUrls;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-databases-'));
  const templateCacheDir = join(process.env['LATCHKEY_HOME'] ?? join(root, '.latchkey'), 'cache');
  server = await startPostgres({
    dataDir: join(folder, 'pg'),
    templateCacheDir,
    durability: 'fast',
    log: join(folder, 'pg.log'),
  });
  options = {
    adminUrl: server.adminUrl,
    infraDir: join(root, 'infra', 'postgres'),
    auditorPassword: 'auditor-password',
    databases: services.map((service) => ({
      service,
      servicePassword: `${service}-password`,
      migratorPassword: `${service}-migrates`,
    })),
  };
  // Three at once, as three starting processes would: none may fail, and one after the other must change nothing.
  const [first] = await Promise.all([ensureDatabases(options), ensureDatabases(options), ensureDatabases(options)]);
  urls = first;
  await run(
    of('gateway').migratorUrl,
    'CREATE TABLE notes (body text); GRANT SELECT, INSERT ON notes TO gateway; CREATE TABLE closed (n int)',
  );
  await run(of('gateway').migratorUrl, 'CREATE TABLE open_to_audit (n int); GRANT SELECT ON open_to_audit TO auditor');
});
afterAll(async () => {
  await server.stop('immediate');
  await rm(folder, { recursive: true, force: true });
});

const run = (url: string, sql: string) =>
  withClient(url, async (client) => (await client.query<Record<string, unknown>>({ text: sql })).rows);
const value = async (url: string, sql: string) => Object.values((await run(url, sql))[0] ?? {})[0];
const refusal = (url: string, sql: string) =>
  run(url, sql).then(
    () => 'allowed',
    (error: { code?: string }) => error.code,
  );
const insufficientPrivilege = '42501';

describe('roles and databases', () => {
  it('lets every role into its own database and no other', async () => {
    const databases = [...services.map((service) => of(service).database), 'postgres', 'template1'];
    const roles = [
      ...services.flatMap((service) => [
        { url: of(service).url, may: [of(service).database] },
        { url: of(service).migratorUrl, may: [of(service).database] },
      ]),
      { url: of('audit').auditorUrl, may: services.map((service) => of(service).database) },
    ];
    for (const { url, may } of roles) {
      const entered: string[] = [];
      for (const database of databases) {
        const outcome = await refusal(urlInDatabase(url, database), 'SELECT 1');
        if (outcome === 'allowed') entered.push(database);
        else expect(outcome).toBe(insufficientPrivilege);
      }
      expect({ role: new URL(url).username, entered: entered.sort() }).toEqual({
        role: new URL(url).username,
        entered: [...may].sort(),
      });
    }
  });

  it('names them after the services', () => {
    expect(services.map((service) => [of(service).database, new URL(of(service).url).username])).toEqual([
      ['gateway', 'gateway'],
      ['key_vault', 'key_vault'],
      ['trade_executor', 'trade_executor'],
      ['audit', 'audit'],
    ]);
  });

  it.each([
    ['CREATE TABLE mine (n int)'],
    ['CREATE TEMP TABLE mine (n int)'],
    ['CREATE SCHEMA mine'],
    ['CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'],
    ['ALTER TABLE notes ADD COLUMN extra int'],
    ['ALTER TABLE notes DISABLE TRIGGER ALL'],
    ['DROP TABLE notes'],
    ['TRUNCATE notes'],
    ['UPDATE notes SET body = body'],
    ['DELETE FROM notes'],
    ['SELECT * FROM closed'],
    ['GRANT ALL ON closed TO gateway'],
    ['SET ROLE gateway_migrator'],
    ['SET SESSION AUTHORIZATION postgres'],
    ['CREATE ROLE another'],
    ['ALTER ROLE gateway SUPERUSER'],
    ['ALTER ROLE key_vault PASSWORD NULL'],
    ['CREATE DATABASE another'],
    ['SELECT * FROM pg_authid'],
    ["SELECT pg_read_file('/etc/passwd')"],
    ["COPY notes TO PROGRAM 'true'"],
    ['ALTER SYSTEM SET fsync = off'],
  ])('refuses a running service: %s', async (sql) => {
    expect(await refusal(of('gateway').url, sql)).toBe(insufficientPrivilege);
  });

  it('lets a running service do what its migrations grant, and not hand it on', async () => {
    await run(of('gateway').url, "INSERT INTO notes VALUES ('x')");
    expect(await value(of('gateway').url, 'SELECT body FROM notes')).toBe('x');
    await run(of('gateway').url, 'GRANT SELECT ON notes TO auditor'); // Postgres warns and does nothing
    expect(await value(of('gateway').adminUrl, "SELECT has_table_privilege('auditor', 'notes', 'SELECT')")).toBe(false);
  });

  it('makes commits durable and ends what hangs', async () => {
    const { url } = of('trade-executor');
    expect(await value(url, 'SHOW synchronous_commit')).toBe('on');
    expect(await value(url, 'SHOW statement_timeout')).toBe('30s');
    expect(await value(url, 'SHOW idle_in_transaction_session_timeout')).toBe('15s');
  });

  it('lets the auditor read what it is granted and nothing else', async () => {
    const { auditorUrl } = of('gateway');
    expect(await run(auditorUrl, 'SELECT * FROM open_to_audit')).toEqual([]);
    expect(await refusal(auditorUrl, 'SELECT * FROM notes')).toBe(insufficientPrivilege);
    expect(await refusal(auditorUrl, 'INSERT INTO open_to_audit VALUES (1)')).toBe('25006');
    expect(await refusal(auditorUrl, 'SET TRANSACTION READ WRITE; INSERT INTO open_to_audit VALUES (1)')).toBe(
      insufficientPrivilege,
    );
  });

  it('takes back what somebody gave by hand, and keeps the data', async () => {
    await run(server.adminUrl, 'ALTER ROLE key_vault SUPERUSER; GRANT CONNECT ON DATABASE gateway TO PUBLIC, key_vault');
    await run(of('gateway').adminUrl, 'GRANT CREATE ON SCHEMA public TO PUBLIC, gateway');
    const again = await ensureDatabases(options);
    expect(again).toEqual(urls);
    expect(await value(server.adminUrl, "SELECT rolsuper FROM pg_roles WHERE rolname = 'key_vault'")).toBe(false);
    expect(await refusal(of('gateway').url, 'CREATE TABLE mine (n int)')).toBe(insufficientPrivilege);
    expect(await refusal(urlInDatabase(of('audit').url, 'gateway'), 'SELECT 1')).toBe(insufficientPrivilege);
    expect(await value(of('gateway').adminUrl, 'SELECT count(*)::int FROM notes')).toBe(1);
  });

  it('changes passwords when they are new', async () => {
    const databases = options.databases.map((one) => (one.service === 'audit' ? { ...one, servicePassword: 'changed' } : one));
    const changed = await ensureDatabases({ ...options, databases });
    expect(await refusal(of('audit').url, 'SELECT 1')).toBe('28P01');
    expect(await refusal(changed['audit']?.url ?? '', 'SELECT 1')).toBe('allowed');
    await ensureDatabases(options);
  });

  it('says what is wrong with the URL it was given', async () => {
    await expect(ensureDatabases({ ...options, adminUrl: of('gateway').url })).rejects.toMatchObject({
      code: 'embedded.database_setup_failed',
      message: expect.stringContaining("must be a superuser's") as string,
    });
  });
});

describe('applyMigrations', () => {
  const migrations = async (name: string, statements: readonly string[]) => {
    const target = join(folder, name);
    await mkdir(join(target, 'meta'), { recursive: true });
    const entries = statements.map((_, idx) => ({
      idx,
      version: '7',
      when: 1_700_000_000_000 + idx,
      tag: `000${idx}`,
      breakpoints: true,
    }));
    await writeFile(join(target, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
    await Promise.all(statements.map((sql, idx) => writeFile(join(target, `000${idx}.sql`), sql)));
    return target;
  };
  const create = 'CREATE TABLE ledger (n int);--> statement-breakpoint\nGRANT SELECT ON ledger TO key_vault;';
  const fill = 'INSERT INTO ledger SELECT pg_backend_pid() FROM pg_sleep(0.2);'; // slow, so that three would overlap

  it('applies each once when three come at the same time', async () => {
    const target = await migrations('three', [create, fill]);
    const { migratorUrl, url } = of('key-vault');
    await Promise.all([1, 2, 3].map(() => applyMigrations({ url: migratorUrl, folder: target })));
    expect(await value(url, 'SELECT count(*)::int FROM ledger')).toBe(1);
    expect(await value(migratorUrl, "SELECT tableowner FROM pg_tables WHERE tablename = 'ledger'")).toBe('key_vault_migrator');
  });

  it('applies later ones later, and all of a failing set or none', async () => {
    const { migratorUrl } = of('trade-executor');
    await applyMigrations({ url: migratorUrl, folder: await migrations('later', ['CREATE TABLE one (n int)']) });
    const broken = await migrations('later', [
      'CREATE TABLE one (n int)',
      'CREATE TABLE two (n int)',
      'SELECT nothing_like_it()',
    ]);
    await expect(applyMigrations({ url: migratorUrl, folder: broken })).rejects.toMatchObject({
      code: 'embedded.migration_failed',
      message: expect.stringContaining('function nothing_like_it() does not exist') as string,
    });
    const tables = async () =>
      (await run(migratorUrl, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).map(
        (row) => row['tablename'],
      );
    expect(await tables()).toEqual(['one']);
    const mended = await migrations('later', [
      'CREATE TABLE one (n int)',
      'CREATE TABLE two (n int)',
      'CREATE TABLE three (n int)',
    ]);
    await applyMigrations({ url: migratorUrl, folder: mended });
    expect(await tables()).toEqual(['one', 'three', 'two']);
  });

  it('cannot be done by the running service', async () => {
    const target = await migrations('as-service', ['CREATE TABLE mine (n int)']);
    await expect(applyMigrations({ url: of('audit').url, folder: target })).rejects.toMatchObject({
      code: 'embedded.migration_failed',
    });
  });

  it('says where it looked when there are none', async () => {
    await expect(applyMigrations({ url: of('audit').migratorUrl, folder: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'embedded.migrations_missing',
    });
  });
});
