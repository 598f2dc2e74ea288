import type { ServiceEvent } from '@latchkey/contracts';
import type { Db, EventStore, RecordedEvent } from '@latchkey/event-store';
import { replay, type CredentialId } from '@latchkey/kernel';
import type { NewSecret } from '../../app/ports.js';
import type { Credential, CredentialEvent } from '../../domain/credential/credential.js';
import { credentialDecider } from '../../domain/credential/decide.js';
import { nextNoticeAt } from '../../domain/credential/expiry-notice.js';
import { nextVerificationAt } from '../../domain/credential/verification-schedule.js';

const prefix = 'credential-';
export const streamOf = (id: CredentialId): string => `${prefix}${id}`;

/** `undefined` for streams of anything else. */
export const credentialOf = (streamId: string): CredentialId | undefined =>
  streamId.startsWith(prefix) ? (streamId.slice(prefix.length) as CredentialId) : undefined;

/** A credential's history as far as it was read, folded. */
export type History = { readonly version: number; readonly savedVersion: number; readonly credential: Credential };

export type VaultStore = EventStore<ServiceEvent<'key-vault'>>;

/** A credential's history from the stream itself. */
export const loadHistory = async (store: Pick<VaultStore, 'load'>, db: Db, id: CredentialId): Promise<History> => {
  const loaded = await store.load(db, streamOf(id));
  // A stream of this name holds no other events.
  const events = loaded.events as readonly RecordedEvent<CredentialEvent>[];
  return {
    version: loaded.version,
    savedVersion: events.findLast(({ type }) => type === 'CredentialSaved')?.version ?? 0,
    credential: replay(credentialDecider, events),
  };
};

/** Null for what is never due. */
const timestampOf = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

const hasSecret = ({ status }: Credential): boolean => status !== 'none' && status !== 'deleted';

/** Writes the row of a credential, and its secret: the new one in place of the old, or none at all once it must be gone. */
export const writeRow = async (tx: Db, { version, savedVersion, credential }: History, secret?: NewSecret): Promise<void> => {
  if (credential.status === 'none') return;
  const { credentialId, userId, exchange, environment, status } = credential;
  await tx.query({
    name: 'vault-write-credential',
    text: `insert into credentials (credential_id, user_id, exchange, environment, status, state, stream_version, saved_version, destroy_at,
        verify_at, notice_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      on conflict (credential_id) do update set status = excluded.status, state = excluded.state,
        stream_version = excluded.stream_version, saved_version = excluded.saved_version, destroy_at = excluded.destroy_at,
        verify_at = excluded.verify_at, notice_at = excluded.notice_at`,
    values: [
      credentialId,
      userId,
      exchange,
      environment,
      status,
      JSON.stringify(credential),
      version,
      savedVersion,
      credential.status === 'deleting' ? credential.readableUntil : null,
      timestampOf(nextVerificationAt(credential)),
      timestampOf(nextNoticeAt(credential)),
    ],
  });
  if (!hasSecret(credential)) await tx.query('delete from credential_secrets where credential_id = $1', [credentialId]);
  else if (secret !== undefined) await writeSecret(tx, credentialId, secret);
};

const writeSecret = (tx: Db, credentialId: CredentialId, secret: NewSecret) =>
  tx.query({
    name: 'vault-write-secret',
    text: `insert into credential_secrets (credential_id, saved_version, key_id, api_key, api_secret, fingerprint)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (credential_id) do update set saved_version = excluded.saved_version, key_id = excluded.key_id,
        api_key = excluded.api_key, api_secret = excluded.api_secret, fingerprint = excluded.fingerprint, saved_at = now()`,
    values: [credentialId, secret.savedVersion, secret.keyId, secret.apiKey, secret.apiSecret, secret.fingerprint],
  });

/** Streams whose row is missing or behind, or was written before keys in use had a time for their next verification. */
export const idsBehind = async (db: Db): Promise<readonly CredentialId[]> => {
  const { rows } = await db.query<{ stream_id: string }>(
    `select s.stream_id from streams s left join credentials c on s.stream_id = '${prefix}' || c.credential_id::text
      where s.stream_id like '${prefix}%'
        and (c.stream_version is distinct from s.version or (c.status = 'verified' and c.verify_at is null))`,
  );
  return rows.map(({ stream_id }) => credentialOf(stream_id)).filter((id) => id !== undefined);
};
