import type { Pool } from 'pg';
import type { Sentinels } from '../../app/ports.js';
import type { KeyId } from '../../domain/encryption/key-provider.js';
import { encryptedTables } from './encrypted-tables.js';

const inUse = encryptedTables.map(({ table }) => `select key_id from ${table}`).join(' union ');

export const createSentinels = (pool: Pool): Sentinels => {
  const keyIds = async (sql: string) => (await pool.query<{ key_id: KeyId }>(sql)).rows.map(({ key_id }) => key_id);
  return {
    keyIdsInUse: () => keyIds(`${inUse} order by key_id`),
    retiredKeyIds: () => keyIds('select key_id from retired_keys order by key_id'),
    find: async (keyId) =>
      (await pool.query<{ envelope: string }>('select envelope from key_sentinels where key_id = $1', [keyId])).rows[0]?.envelope,
    add: async (keyId, envelope) => {
      await pool.query('insert into key_sentinels (key_id, envelope) values ($1, $2) on conflict do nothing', [keyId, envelope]);
    },
  };
};
