import type { Pool } from 'pg';
import type { WrapCounts } from '../../app/ports.js';
import type { KeyId } from '../../domain/encryption/key-provider.js';

/** The counts of all vaults together, committed before what they count. */
export const createWrapCounts = (pool: Pool): WrapCounts => ({
  reserve: async (keyId, block, stopsAt) => {
    const { rows } = await pool.query<{ wraps: number }>({
      name: 'vault-reserve-wraps',
      text: `insert into master_key_uses as u (key_id, wraps)
        select $1, $2::bigint where $2::bigint <= $3::bigint and not exists (select from retired_keys where key_id = $1)
        on conflict (key_id) do update set wraps = u.wraps + excluded.wraps where u.wraps + excluded.wraps <= $3::bigint
        returning wraps::float8 as wraps`,
      values: [keyId, block, stopsAt],
    });
    const [reserved] = rows;
    if (reserved) return { ok: true, wraps: reserved.wraps };
    const { rowCount } = await pool.query('select from retired_keys where key_id = $1', [keyId]);
    return { ok: false, retired: rowCount === 1 };
  },
  all: async () => {
    const { rows } = await pool.query<{ keyId: KeyId; wraps: number }>(
      'select key_id as "keyId", wraps::float8 as wraps from master_key_uses order by key_id',
    );
    return rows;
  },
});
