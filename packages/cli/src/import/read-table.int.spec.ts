import { database, type SpecDatabase } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allOf } from '../testing/all-of.js';
import { readTableRows } from './read-table.js';

let db: SpecDatabase;
let admin: Client;
beforeAll(async () => {
  db = await database('key-vault');
  admin = new Client({ connectionString: db.adminUrl });
  await admin.connect();
  await admin.query('create table "Old Users" (id int primary key, "Key" text, secret bytea, mode jsonb)');
  await admin.query(
    `insert into "Old Users" select n, 'key-' || n, decode('00ff', 'hex'), '{"a": 1}' from generate_series(1201, 1, -1) n`,
  );
});
afterAll(async () => {
  await admin.end();
  await db.drop();
});

const read = (options: Partial<Parameters<typeof readTableRows>[1]> = {}, url = db.adminUrl) =>
  readTableRows(url, { table: 'public.Old Users', columns: ['id', 'Key', 'secret', 'mode'], orderBy: 'id', ...options });

describe('an older table', () => {
  it('is read in the order of its users, whatever it and its columns are called', async () => {
    const rows = await allOf(read());
    expect(rows).toHaveLength(1_201);
    expect(rows.slice(0, 2)).toEqual([
      { id: 1, Key: 'key-1', secret: Buffer.from([0, 255]), mode: { a: 1 } },
      { id: 2, Key: 'key-2', secret: Buffer.from([0, 255]), mode: { a: 1 } },
    ]);
  });

  it('is read as it was at one moment', async () => {
    const ids: unknown[] = [];
    for await (const { id } of read()) {
      if (ids.length === 0) await admin.query(`update "Old Users" set id = -id where id = 1201`);
      ids.push(id);
    }
    await admin.query(`update "Old Users" set id = -id where id < 0`);
    expect(ids).toContain(1_201);
    expect(ids).toHaveLength(1_201);
  });

  it.each([
    ['a table that is not there', { table: 'users' }, /relation "users" does not exist/],
    ['a column that is not there', { columns: ['id', 'none'] }, /column "none" does not exist/],
    ['a name that would be a statement', { table: 'users; drop table "Old Users"' }, /does not exist/],
  ])('is told apart from %s', async (_what, options, message) => {
    await expect(allOf(read(options))).rejects.toMatchObject({
      code: 'cli.source_unreadable',
      message: expect.stringMatching(message),
    });
    expect(await allOf(read())).toHaveLength(1_201);
  });

  it('that cannot be reached is named without the password in its address', async () => {
    const nowhere = read({}, 'postgres://reader:s3cret-word@127.0.0.1:1/older');
    await expect(allOf(nowhere)).rejects.toMatchObject({
      code: 'cli.source_unreadable',
      message: expect.not.stringContaining('s3cret-word'),
    });
  });
});
