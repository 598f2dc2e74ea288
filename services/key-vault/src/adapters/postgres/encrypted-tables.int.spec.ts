import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountOf, contextOf, save, vaultFixture, type VaultFixture } from '../../testing/vault-fixture.js';
import { encryptedTables } from './encrypted-tables.js';

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
  await save(fixture, accountOf('user-1'));
  await fixture.vault.generateKeyPair({ ...accountOf('user-2'), context: contextOf('user-2') });
});
afterAll(() => fixture.close());

/** Their `key_id` names a key that they tell something about; nothing in them is under it, or (the sentinel) nothing may leave it. */
const aboutKeys = ['key_sentinels', 'master_key_uses', 'retired_keys'];
const listed = encryptedTables.map(({ table }) => table);

describe('the list of tables with envelopes', () => {
  it('has every table whose rows are under a master key', async () => {
    const rows = await fixture.tamper(`select table_name from information_schema.columns
      where table_schema = 'public' and column_name = 'key_id' order by 1`);
    const tables = rows.map((row) => String(row['table_name']));
    expect(tables.filter((table) => !aboutKeys.includes(table))).toEqual([...listed].sort());
  });

  it('has every column in which an envelope is found', async () => {
    const columns = await fixture.tamper(`select table_name, column_name from information_schema.columns
      where table_schema = 'public' and data_type in ('text', 'character varying', 'json', 'jsonb')`);
    const found: string[] = [];
    for (const { table_name: table, column_name: column } of columns) {
      const rows = await fixture.tamper(`select from "${String(table)}" where "${String(column)}"::text like '%lk1.%' limit 1`);
      if (rows.length > 0) found.push(`${String(table)}.${String(column)}`);
    }
    const expected = encryptedTables.flatMap(({ table, fields }) => Object.keys(fields).map((column) => `${table}.${column}`));
    expect(found.sort()).toEqual([...expected, 'key_sentinels.envelope'].sort());
  });

  it('has tables alone whose rows refer to the sentinel of their key, so that no row is under a key that was retired', async () => {
    const rows = await fixture.tamper(`select conrelid::regclass::text as "table" from pg_constraint
      where contype = 'f' and confrelid = 'key_sentinels'::regclass`);
    expect(rows.map((row) => String(row['table'])).sort()).toEqual([...listed].sort());
  });
});
