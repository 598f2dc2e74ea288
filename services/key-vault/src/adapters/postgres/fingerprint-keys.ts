import type { Pool } from 'pg';
import type { FingerprintKeys } from '../../app/ports.js';

export const createFingerprintKeys = (pool: Pool): FingerprintKeys => {
  const find = async (name: string) =>
    (await pool.query<{ envelope: string }>('select envelope from fingerprint_keys where name = $1', [name])).rows[0]?.envelope;
  return {
    find,
    addOrFind: async ({ name, keyId, envelope }) => {
      await pool.query('insert into fingerprint_keys (name, key_id, envelope) values ($1, $2, $3) on conflict do nothing', [
        name,
        keyId,
        envelope,
      ]);
      return (await find(name)) ?? envelope;
    },
  };
};
