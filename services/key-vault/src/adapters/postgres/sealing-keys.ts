import { withTransaction, type Db } from '@latchkey/event-store';
import type { Pool } from 'pg';
import type { SealingKeyRow, SealingKeys, StoredSealingKey } from '../../app/ports.js';
import type { VaultStore } from './credential-rows.js';

type Deps = { readonly pool: Pool; readonly store: VaultStore; readonly onAppended: () => void };
type Row = SealingKeyRow & { readonly createdAt: Date; readonly replacedAt: Date | null };

// One process at a time makes and destroys keys; any number that is ours alone will do.
const turnLock = 4_001;

const streamOf = (kid: string): string => `sealing-key-${kid}`;

const select = `select k.kid, k.public_jwk as "publicJwk", k.key_id as "keyId", k.private_key as "privateKey", k.created_at as "createdAt",
  (select min(s.created_at) from sealing_keys s where s.created_at > k.created_at) as "replacedAt" from sealing_keys k`;
const newestFirst = 'order by k.created_at desc, k.kid';

const fromRow = ({ createdAt, replacedAt, ...row }: Row): StoredSealingKey => ({
  ...row,
  createdAtMs: createdAt.getTime(),
  ...(replacedAt === null ? {} : { replacedAtMs: replacedAt.getTime() }),
});

const newest = async (db: Db): Promise<StoredSealingKey | undefined> =>
  (await db.query<Row>(`${select} ${newestFirst} limit 1`)).rows.map(fromRow)[0];

export const createSealingKeys = ({ pool, store, onAppended }: Deps): SealingKeys => ({
  newest: () => newest(pool),
  find: async (kid) => (await pool.query<Row>(`${select} where k.kid = $1`, [kid])).rows.map(fromRow)[0],
  all: async () => (await pool.query<Row>(`${select} ${newestFirst}`)).rows.map(fromRow),
  add: async ({ kid, publicJwk, keyId, privateKey, createdAtMs }, after, context) => {
    await withTransaction(pool, async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [turnLock]);
      if ((await newest(tx))?.kid !== after) return;
      await tx.query('insert into sealing_keys (kid, public_jwk, key_id, private_key, created_at) values ($1, $2, $3, $4, $5)', [
        kid,
        JSON.stringify(publicJwk),
        keyId,
        privateKey,
        new Date(createdAtMs).toISOString(),
      ]);
      const created = { type: 'SealingKeyCreated', v: 1, data: { kid } } as const;
      await store.append(tx, [{ streamId: streamOf(kid), expectedVersion: 0, events: [created], metadata: context }]);
    });
    onAppended();
  },
  destroyReplaced: async (byMs, at, context) => {
    const destroyed = await withTransaction(pool, async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [turnLock]);
      const { rows } = await tx.query<{ kid: string }>(
        `delete from sealing_keys k
          where exists (select from sealing_keys s where s.created_at > k.created_at and s.created_at <= $1) returning k.kid`,
        [new Date(byMs).toISOString()],
      );
      for (const { kid } of rows) {
        const event = { type: 'SealingKeyDestroyed', v: 1, data: { kid, destroyedAt: at } } as const;
        const expectedVersion = await store.version(tx, streamOf(kid));
        await store.append(tx, [{ streamId: streamOf(kid), expectedVersion, events: [event], metadata: context }]);
      }
      return rows.length;
    });
    if (destroyed > 0) onAppended();
  },
});
