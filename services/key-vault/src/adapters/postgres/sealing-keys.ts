import { withTransaction, type Db } from '@latchkey/event-store';
import type { Pool } from 'pg';
import type { SealingKeyRow, SealingKeys } from '../../app/ports.js';
import type { VaultStore } from './credential-rows.js';

type Deps = { readonly pool: Pool; readonly store: VaultStore; readonly onAppended: () => void };

const columns = `kid, public_jwk as "publicJwk", key_id as "keyId", private_key as "privateKey"`;

// Only one process makes the first key; any number that is ours alone will do.
const firstKeyLock = 4_001;

const newest = async (db: Db): Promise<SealingKeyRow | undefined> =>
  (await db.query<SealingKeyRow>(`select ${columns} from sealing_keys order by created_at desc, kid limit 1`)).rows[0];

export const createSealingKeys = ({ pool, store, onAppended }: Deps): SealingKeys => ({
  newest: () => newest(pool),
  find: async (kid) => (await pool.query<SealingKeyRow>(`select ${columns} from sealing_keys where kid = $1`, [kid])).rows[0],
  createFirst: async ({ kid, publicJwk, keyId, privateKey }, context) => {
    await withTransaction(pool, async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [firstKeyLock]);
      if (await newest(tx)) return;
      await tx.query('insert into sealing_keys (kid, public_jwk, key_id, private_key) values ($1, $2, $3, $4)', [
        kid,
        JSON.stringify(publicJwk),
        keyId,
        privateKey,
      ]);
      const created = { type: 'SealingKeyCreated', v: 1, data: { kid } } as const;
      await store.append(tx, [{ streamId: `sealing-key-${kid}`, expectedVersion: 0, events: [created], metadata: context }]);
    });
    onAppended();
  },
});
