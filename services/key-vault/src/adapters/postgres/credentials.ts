import { withTransaction, type Db } from '@latchkey/event-store';
import { isAppError, type CredentialId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Credentials, StoredCredential } from '../../app/ports.js';
import type { CredentialEvent } from '../../domain/credential/credential.js';
import { credentialDecider } from '../../domain/credential/decide.js';
import { isStateOf } from '../../domain/credential/integrity.js';
import { VaultError } from '../../domain/vault-error.js';
import { isForeignKeyViolation } from './foreign-key.js';
import { idsBehind, loadHistory, streamOf, writeRow, type VaultStore } from './credential-rows.js';
import { requirePending, retirePair } from './key-pairs.js';

type Deps = { readonly pool: Pool; readonly store: VaultStore; readonly onAppended: () => void };

type Row = {
  readonly credential_id: CredentialId;
  readonly state: unknown;
  readonly stream_version: number;
  readonly saved_version: number;
  readonly head_version: number;
  readonly last_saved_version: number;
  readonly secret_version: number | null;
  readonly api_key: string | null;
  readonly api_secret: string | null;
  readonly fingerprint: string | null;
};

/** After an upgrade all rows may be behind: with a commit for each of 20,000 a start would take minutes. */
const rowsPerCatchUp = 200;

/** A row whose state is none counts as one that reflects nothing of its stream yet. */
const fromRow = (row: Row): StoredCredential => ({
  ...(isStateOf(row.credential_id, row.state)
    ? { credential: row.state, streamVersion: row.stream_version }
    : { credential: credentialDecider.initial, streamVersion: -1 }),
  savedVersion: row.saved_version,
  headVersion: row.head_version,
  lastSavedVersion: row.last_saved_version,
  secret:
    row.secret_version === null || row.api_key === null || row.api_secret === null || row.fingerprint === null
      ? undefined
      : {
          savedVersion: row.secret_version,
          apiKey: row.api_key,
          apiSecret: row.api_secret,
          fingerprint: row.fingerprint,
        },
});

/** Credentials in Postgres: events first, rows in the same transaction. */
export const createCredentials = ({ pool, store, onAppended }: Deps): Credentials => {
  const rememberSealedSecret = async (tx: Db, { jti, expiresAt }: { jti: string; expiresAt: string }): Promise<void> => {
    const { rowCount } = await tx.query(
      'insert into used_sealed_secrets (jti, expires_at) values ($1, $2) on conflict do nothing',
      [jti, expiresAt],
    );
    if (rowCount !== 1) throw new VaultError('vault.sealed_secret_replayed');
  };

  const openVerifications = async (tx: Db, events: readonly CredentialEvent[]): Promise<void> => {
    for (const event of events) {
      if (event.type !== 'CredentialVerificationStarted') continue;
      const { verificationId, credentialId, expiresAt } = event.data;
      await tx.query(
        `insert into verifications (verification_id, credential_id, expires_at, digests) values ($1, $2, $3, '{}')`,
        [verificationId, credentialId, expiresAt],
      );
    }
  };

  const commit: Credentials['commit'] = async ({ id, expectedVersion, events, context, secret, sealedSecret, pendingPair }) => {
    try {
      await withTransaction(pool, async (tx) => {
        if (sealedSecret) await rememberSealedSecret(tx, sealedSecret);
        await store.append(tx, [{ streamId: streamOf(id), expectedVersion, events, metadata: context }]);
        if (pendingPair !== undefined) await requirePending(tx, id, pendingPair);
        await openVerifications(tx, events);
        const history = await loadHistory(store, tx, id);
        await writeRow(tx, history, secret);
        const { credential } = history;
        const provenPair = credential.status === 'verified' ? credential.publicKeyDigest : undefined;
        if (provenPair !== undefined) await retirePair(tx, store, { id, publicKeyDigest: provenPair, context });
      });
    } catch (error) {
      if (isAppError(error, 'event_store.version_conflict')) return false;
      // The only rows that it refers to and does not write itself are the sentinels: this process still writes with a key that was retired.
      if (secret !== undefined && isForeignKeyViolation(error))
        throw new VaultError('vault.encryption_key_retired', { keyId: secret.keyId });
      throw error;
    }
    onAppended();
    return true;
  };

  return {
    commit,
    load: async (id) => loadHistory(store, pool, id),
    read: async (ids) => {
      const { rows } = await pool.query<Row>({
        name: 'vault-read-credentials',
        text: `select c.credential_id, c.state, c.stream_version, c.saved_version, coalesce(s.version, 0) as head_version,
            coalesce(e.version, 0) as last_saved_version, x.saved_version as secret_version, x.api_key, x.api_secret, x.fingerprint
          from credentials c
          left join streams s on s.stream_id = 'credential-' || c.credential_id::text
          left join lateral (
            select version from events where stream_id = s.stream_id and type = 'CredentialSaved' order by version desc limit 1
          ) e on true
          left join credential_secrets x on x.credential_id = c.credential_id
          where c.credential_id = any($1::uuid[])`,
        values: [ids],
      });
      return new Map(rows.map((row) => [row.credential_id, fromRow(row)]));
    },
    ofUser: async (userId) => {
      const { rows } = await pool.query<{ credential_id: CredentialId; state: unknown }>(
        'select credential_id, state from credentials where user_id = $1 order by exchange, environment',
        [userId],
      );
      return rows.map(({ credential_id, state }) => (isStateOf(credential_id, state) ? state : credentialDecider.initial));
    },
    catchUp: async (ids) => {
      // In the order in which signing locks rows, so that neither waits for the other in a circle.
      const behind = (ids ?? (await idsBehind(pool))).toSorted();
      for (let from = 0; from < behind.length; from += rowsPerCatchUp) {
        const some = behind.slice(from, from + rowsPerCatchUp);
        await withTransaction(pool, async (tx) => {
          await tx.query('select from streams where stream_id = any($1) order by stream_id for update', [some.map(streamOf)]);
          for (const id of some) await writeRow(tx, await loadHistory(store, tx, id));
        });
      }
      return behind;
    },
    dueForDestruction: async (atMs, except) => {
      const { rows } = await pool.query<{ credential_id: CredentialId }>(
        'select credential_id from credentials where destroy_at <= $1 and credential_id <> all($2::uuid[]) order by destroy_at limit 100',
        [new Date(atMs).toISOString(), except],
      );
      return rows.map(({ credential_id }) => credential_id);
    },
  };
};
