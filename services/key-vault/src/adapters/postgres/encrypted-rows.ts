import { InvariantError } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { EncryptedRow, EncryptedRows, RewrappedRow } from '../../app/ports.js';
import type { KeyId } from '../../domain/encryption/key-provider.js';
import { encryptedTables, type EncryptedTable } from './encrypted-tables.js';

type Read = { readonly owner: string } & Readonly<Record<string, string>>;

const tableOf = (name: string | undefined): EncryptedTable => {
  const found = encryptedTables.find(({ table }) => table === name);
  if (!found) throw new InvariantError(`"${name}" is no table with envelopes`);
  return found;
};

const columnsOf = ({ fields }: EncryptedTable): readonly string[] => Object.keys(fields);

const toRow = (of: EncryptedTable, keyId: KeyId, read: Read): EncryptedRow => ({
  table: of.table,
  owner: read.owner,
  keyId,
  envelopes: Object.entries(of.fields).map(([column, field]) => ({ column, use: of.use, field, envelope: read[column] ?? '' })),
});

/** Compares each envelope with what was read: a row that was saved or re-wrapped meanwhile is another row, and stays. */
const replaceStatement = (of: EncryptedTable): string => {
  const { table, owner, ownerType } = of;
  const columns = columnsOf(of);
  const arrays = columns.flatMap((_, i) => [`$${4 + 2 * i}::text[]`, `$${5 + 2 * i}::text[]`]);
  const names = columns.flatMap((column) => [`old_${column}`, `new_${column}`]);
  return `
    with n as (
      select * from unnest($1::${ownerType}[], $2::text[], $3::text[], ${arrays.join(', ')}) as n (owner, old_key, new_key, ${names.join(', ')})
    ), locked as (
      select t.${owner} as owner from ${table} t join n on n.owner = t.${owner} order by t.${owner} for update of t
    )
    update ${table} t set key_id = n.new_key, ${columns.map((column) => `${column} = n.new_${column}`).join(', ')}
    from n join locked using (owner)
    where t.${owner} = n.owner and t.key_id = n.old_key and ${columns.map((column) => `t.${column} = n.old_${column}`).join(' and ')}`;
};

const valuesOf = (of: EncryptedTable, rows: readonly RewrappedRow[]): unknown[] => {
  const former = ({ row }: RewrappedRow, column: string) => row.envelopes.find((each) => each.column === column)?.envelope;
  return [
    rows.map(({ row }) => row.owner),
    rows.map(({ row }) => row.keyId),
    rows.map(({ keyId }) => keyId),
    ...columnsOf(of).flatMap((column) => [
      rows.map((each) => former(each, column)),
      rows.map(({ envelopes }) => envelopes[column]),
    ]),
  ];
};

/** Whatever is encrypted in this database, table by table. */
export const createEncryptedRows = (pool: Pool): EncryptedRows => ({
  tables: encryptedTables.map(({ table }) => table),
  under: async ({ table, keyId, after, limit }) => {
    const of = tableOf(table);
    const { rows } = await pool.query<Read>(
      `select ${of.owner}::text as owner, ${columnsOf(of).join(', ')} from ${of.table}
        where key_id = $1 and ($2::${of.ownerType} is null or ${of.owner} > $2::${of.ownerType}) order by ${of.owner} limit $3`,
      [keyId, after ?? null, limit],
    );
    return rows.map((row) => toRow(of, keyId, row));
  },
  replace: async (rows) => {
    const [first] = rows;
    if (!first) return 0;
    const of = tableOf(first.row.table);
    return (await pool.query(replaceStatement(of), valuesOf(of, rows))).rowCount ?? 0;
  },
  counts: async () => {
    const each = encryptedTables.map(
      ({ table }) => `select '${table}' as "table", key_id as "keyId", count(*)::float8 as rows from ${table} group by key_id`,
    );
    return (await pool.query<{ table: string; keyId: KeyId; rows: number }>(`${each.join(' union all ')} order by 1, 2`)).rows;
  },
});
