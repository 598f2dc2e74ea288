import { createAggregate, withTransaction, type Db } from '@latchkey/event-store';
import type { Pool } from 'pg';
import type { MasterKeys } from '../../app/ports.js';
import type { KeyId } from '../../domain/encryption/key-provider.js';
import { masterKeyDecider } from '../../domain/encryption/master-key.js';
import type { VaultStore } from './credential-rows.js';
import { encryptedTables } from './encrypted-tables.js';
import { isForeignKeyViolation } from './foreign-key.js';

type Deps = { readonly pool: Pool; readonly store: VaultStore; readonly onAppended: () => void };

const letUnusableGo = async (tx: Db, keyId: KeyId): Promise<void> => {
  for (const { table, letGo } of encryptedTables)
    if (letGo !== undefined) await tx.query(`delete from ${table} t where t.key_id = $1 and ${letGo}`, [keyId]);
};

/** The streams of master keys, and the tables that say which of them may be used. */
export const createMasterKeys = ({ pool, store, onAppended }: Deps): MasterKeys => {
  const aggregate = createAggregate({ store, decider: masterKeyDecider, streamOf: (keyId: KeyId) => `encryption-key-${keyId}` });
  return {
    handle: async (keyId, command, context) => {
      const events = await withTransaction(pool, (tx) => aggregate.handle(tx, keyId, command, context));
      if (events.length > 0) onAppended();
    },
    retire: async (keyId, data, context) => {
      const take = async (tx: Db) => {
        await letUnusableGo(tx, keyId);
        // Every row with an envelope refers to the sentinel of its key: the delete waits for saves that are under way, and fails after them.
        const { rowCount } = await tx.query('delete from key_sentinels where key_id = $1', [keyId]);
        return rowCount === 1;
      };
      try {
        const retired = await withTransaction(pool, async (tx) => {
          if (!(await take(tx))) return false;
          await tx.query('insert into retired_keys (key_id, retired_at) values ($1, $2) on conflict do nothing', [
            keyId,
            data.at,
          ]);
          await aggregate.handle(tx, keyId, { type: 'Retire', data }, context);
          return true;
        });
        if (retired) onAppended();
        return retired ? 'retired' : 'absent';
      } catch (error) {
        if (isForeignKeyViolation(error)) return 'in_use';
        throw error;
      }
    },
    history: async () => {
      const { rows } = await pool.query<{ keyId: KeyId; sentinel: boolean; retiredAt: Date | null }>(
        `select coalesce(s.key_id, r.key_id) as "keyId", s.key_id is not null as sentinel, r.retired_at as "retiredAt"
          from key_sentinels s full join retired_keys r using (key_id) order by coalesce(s.created_at, r.retired_at)`,
      );
      return rows.map(({ retiredAt, ...key }) => ({
        ...key,
        ...(retiredAt === null ? {} : { retiredAt: retiredAt.toISOString() }),
      }));
    },
    isKnown: async (keyId) => {
      const { rows } = await pool.query<{ known: boolean }>(
        `select exists (select from key_sentinels where key_id = $1) or exists (select from retired_keys where key_id = $1) as known`,
        [keyId],
      );
      return rows[0]?.known === true;
    },
  };
};
