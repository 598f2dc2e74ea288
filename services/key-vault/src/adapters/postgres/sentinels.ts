import type { Pool } from 'pg';
import type { Sentinels } from '../../app/ports.js';
import type { KeyId } from '../../domain/encryption/key-provider.js';

export const createSentinels = (pool: Pool): Sentinels => ({
  keyIdsInUse: async () => {
    const { rows } = await pool.query<{ key_id: KeyId }>(
      'select key_id from credential_secrets union select key_id from sealing_keys union select key_id from key_pairs order by key_id',
    );
    return rows.map(({ key_id }) => key_id);
  },
  find: async (keyId) =>
    (await pool.query<{ envelope: string }>('select envelope from key_sentinels where key_id = $1', [keyId])).rows[0]?.envelope,
  add: async (keyId, envelope) => {
    await pool.query('insert into key_sentinels (key_id, envelope) values ($1, $2) on conflict do nothing', [keyId, envelope]);
  },
});
