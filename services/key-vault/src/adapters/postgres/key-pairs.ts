import type { CommandContext } from '@latchkey/contracts';
import { withTransaction, type Db, type RecordedEvent } from '@latchkey/event-store';
import { isAppError, replay, type CredentialId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { KeyPairs, StoredKeyPair } from '../../app/key-pair-ports.js';
import type { KeyId } from '../../domain/encryption/key-provider.js';
import { keyPairDecider, type KeyPair, type KeyPairEvent } from '../../domain/key-pair/key-pair.js';
import { VaultError } from '../../domain/vault-error.js';
import type { VaultStore } from './credential-rows.js';
import { isForeignKeyViolation } from './foreign-key.js';

type Deps = { readonly pool: Pool; readonly store: VaultStore; readonly onAppended: () => void };

const prefix = 'key-pair-';
const streamOf = (id: CredentialId): string => `${prefix}${id}`;

/** `undefined` for streams of anything else. */
export const keyPairOf = (streamId: string): CredentialId | undefined =>
  streamId.startsWith(prefix) ? (streamId.slice(prefix.length) as CredentialId) : undefined;

const load = async (store: Pick<VaultStore, 'load'>, db: Db, id: CredentialId) => {
  const { version, events } = await store.load(db, streamOf(id));
  // A stream of this name holds no other events.
  return { version, keyPair: replay(keyPairDecider, events as readonly RecordedEvent<KeyPairEvent>[]) };
};

const drop = (db: Db, id: CredentialId) => db.query('delete from key_pairs where credential_id = $1', [id]);

const write = (
  tx: Db,
  id: CredentialId,
  { generatedVersion, publicKeyDigest, keyId, privateKey }: StoredKeyPair,
  pair: KeyPair,
) =>
  tx.query(
    `insert into key_pairs (credential_id, generated_version, public_key_digest, key_id, private_key, expires_at)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (credential_id) do update set generated_version = excluded.generated_version,
        public_key_digest = excluded.public_key_digest, key_id = excluded.key_id, private_key = excluded.private_key,
        expires_at = excluded.expires_at`,
    [id, generatedVersion, publicKeyDigest, keyId, privateKey, pair.status === 'pending' ? pair.expiresAt : null],
  );

/**
 * Inside the transaction that makes a pending pair the account's credential, after its event was appended (the order of locks everywhere:
 * credential's stream, pair's stream, row).
 *
 * @throws {VaultError} `vault.key_pair_replaced`: it is not pending any more
 */
export const requirePending = async (tx: Db, id: CredentialId, publicKeyDigest: string): Promise<void> => {
  const { rowCount } = await tx.query('select from key_pairs where credential_id = $1 and public_key_digest = $2 for share', [
    id,
    publicKeyDigest,
  ]);
  if (rowCount !== 1) throw new VaultError('vault.key_pair_replaced', { credentialId: id });
};

/** Inside the transaction that records that the exchange took a signature of a pair: from now on the credential alone holds it. */
export const retirePair = async (
  tx: Db,
  store: VaultStore,
  {
    id,
    publicKeyDigest,
    context,
  }: { readonly id: CredentialId; readonly publicKeyDigest: string; readonly context: CommandContext },
): Promise<void> => {
  const { version, keyPair } = await load(store, tx, id);
  const command = { type: 'DestroyKeyPair', data: { reason: 'activated', publicKeyDigest } } as const;
  const events = keyPairDecider.decide(command, keyPair);
  if (events.length === 0) return;
  await store.append(tx, [{ streamId: streamOf(id), expectedVersion: version, events, metadata: context }]);
  await drop(tx, id);
};

/** After events came back into a restored database: a row whose pair was used, replaced or destroyed since goes again. */
export const dropEnded = async (tx: Db, store: Pick<VaultStore, 'load'>, id: CredentialId): Promise<void> => {
  const { keyPair } = await load(store, tx, id);
  const kept = keyPair.status === 'pending' ? keyPair.publicKeyDigest : null;
  await tx.query('delete from key_pairs where credential_id = $1 and public_key_digest is distinct from $2', [id, kept]);
};

/** Pending pairs in Postgres: events first, the row in the same transaction. */
export const createKeyPairs = ({ pool, store, onAppended }: Deps): KeyPairs => ({
  load: (id) => load(store, pool, id),
  find: async (id) => {
    const { rows } = await pool.query<{
      generated_version: number;
      public_key_digest: string;
      key_id: KeyId;
      private_key: string;
    }>('select generated_version, public_key_digest, key_id, private_key from key_pairs where credential_id = $1', [id]);
    const [row] = rows;
    return (
      row && {
        generatedVersion: row.generated_version,
        publicKeyDigest: row.public_key_digest,
        keyId: row.key_id,
        privateKey: row.private_key,
      }
    );
  },
  commit: async ({ id, expectedVersion, events, context, row }) => {
    try {
      await withTransaction(pool, async (tx) => {
        await store.append(tx, [{ streamId: streamOf(id), expectedVersion, events, metadata: context }]);
        const { keyPair } = await load(store, tx, id);
        if (row === undefined) await drop(tx, id);
        else await write(tx, id, row, keyPair);
      });
    } catch (error) {
      if (isAppError(error, 'event_store.version_conflict')) return false;
      if (row !== undefined && isForeignKeyViolation(error))
        throw new VaultError('vault.encryption_key_retired', { keyId: row.keyId });
      throw error;
    }
    onAppended();
    return true;
  },
  expired: async (atMs) => {
    const { rows } = await pool.query<{ credential_id: CredentialId }>(
      'select credential_id from key_pairs where expires_at <= $1 order by expires_at limit 100',
      [new Date(atMs).toISOString()],
    );
    return rows.map(({ credential_id }) => credential_id);
  },
  dropExpired: async (id, atMs) =>
    void (await pool.query('delete from key_pairs where credential_id = $1 and expires_at <= $2', [
      id,
      new Date(atMs).toISOString(),
    ])),
});
