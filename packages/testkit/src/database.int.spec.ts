import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { database, ownPostgres, postgres } from './index.js';

const ask = async (url: string, sql: string) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
};

describe('database', () => {
  it('is new for each caller, on one server, with the roles of its service', async () => {
    const sql = 'CREATE TABLE notes (body text); GRANT SELECT, INSERT ON notes TO gateway; GRANT SELECT ON notes TO auditor';
    const [one, two] = await Promise.all([database('gateway', { sql }), database('gateway', { sql })]);
    await ask(one.url, "INSERT INTO notes VALUES ('x')");
    expect(await ask(one.url, 'SELECT current_user')).toEqual(['gateway']);
    expect(await ask(one.auditorUrl, 'SELECT body FROM notes')).toEqual(['x']);
    expect(await ask(two.url, 'SELECT body FROM notes')).toEqual([]);
    expect(new URL(one.url).host).toBe(new URL((await postgres()).adminUrl).host);
    await expect(ask(one.url, 'CREATE TABLE mine (n int)')).rejects.toMatchObject({ code: '42501' });
    await Promise.all([one.drop(), two.drop()]);
    await expect(ask(one.adminUrl, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });

  it('has a made-up service for packages that belong to none', async () => {
    const db = await database(undefined, { sql: 'CREATE TABLE notes (n int); GRANT SELECT ON notes TO spec' });
    expect(await ask(db.url, 'SELECT current_user')).toEqual(['spec']);
    await db.drop();
  });

  it('runs migrations as the migrator, then the statements', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-database-spec-'));
    await mkdir(join(folder, 'meta'));
    const entries = [{ idx: 0, version: '7', when: 1_700_000_000_000, tag: '0000_notes', breakpoints: true }];
    await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
    await writeFile(
      join(folder, '0000_notes.sql'),
      'CREATE TABLE notes (n int);--> statement-breakpoint\nGRANT SELECT ON notes TO audit;',
    );
    const db = await database('audit', { migrations: folder, sql: 'INSERT INTO notes VALUES (7)' });
    expect(await ask(db.url, 'SELECT n FROM notes')).toEqual([7]);
    expect(await ask(db.adminUrl, "SELECT tableowner FROM pg_tables WHERE tablename = 'notes'")).toEqual(['audit_migrator']);
    await Promise.all([db.drop(), rm(folder, { recursive: true })]);
  });
});

describe('ownPostgres', () => {
  it('can be killed and started again, and is frozen as a whole', async () => {
    const own = await ownPostgres({ durability: 'full' });
    const db = await own.database('gateway', { sql: 'CREATE TABLE notes (n int); GRANT SELECT, INSERT ON notes TO gateway' });
    await ask(db.url, 'INSERT INTO notes VALUES (1)');
    const before = own.pid;
    await own.kill();
    await expect(ask(db.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await own.start();
    expect(own.pid).not.toBe(before);
    expect(await ask(db.url, 'SELECT n FROM notes')).toEqual([1]);

    const client = new Client({ connectionString: db.url, query_timeout: 200 });
    await client.connect();
    await own.freeze();
    await expect(client.query('SELECT 1')).rejects.toThrow(/timeout/); // an open connection
    await expect(new Client({ connectionString: db.url, connectionTimeoutMillis: 200 }).connect()).rejects.toThrow(/timeout/); // a new one
    await own.thaw();
    expect(await ask(db.url, 'SELECT n FROM notes')).toEqual([1]);
    await client.end();

    await own.freeze();
    await own.remove();
    await expect(ask(db.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
