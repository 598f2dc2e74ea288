import { randomBytes, randomUUID } from 'node:crypto';
import type { Account } from '@latchkey/contracts';
import { createEventStore, withTransaction } from '@latchkey/event-store';
import { newId, replay } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { VaultStore } from '../adapters/postgres/credential-rows.js';
import { createFingerprintKeys } from '../adapters/postgres/fingerprint-keys.js';
import { createCredentialCipher } from '../app/credential-cipher.js';
import { createFingerprints } from '../app/fingerprints.js';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { instantOf, type CredentialEvent } from '../domain/credential/credential.js';
import { credentialDecider } from '../domain/credential/decide.js';
import { maskedKey } from '../domain/credential/key-format.js';
import type { KeyProvider } from '../domain/encryption/key-provider.js';

export type Seed = { readonly account: Account; readonly apiKey: string; readonly apiSecret: string };

const historyOf = ({ account, apiKey }: Seed): readonly CredentialEvent[] => {
  const credential = { credentialId: credentialIdOf(account), ...account };
  const verificationId = randomUUID();
  const [now, later] = [instantOf(Date.now()), instantOf(Date.now() + 30_000)];
  const permissions = { canRead: true, canTrade: true, canWithdraw: false };
  return [
    { type: 'CredentialSaved', v: 1, data: { ...credential, maskedKey: maskedKey(apiKey), replaced: false } },
    { type: 'CredentialVerificationStarted', v: 1, data: { ...credential, verificationId, startedAt: now, expiresAt: later } },
    { type: 'CredentialVerified', v: 1, data: { ...credential, verificationId, verifiedAt: now, permissions, warnings: [] } },
  ];
};

const chunkSize = 500;

/**
 * Stores verified keys as the use cases would have, many in one transaction: for specs that need thousands. A vault must have been opened
 * with those master keys before.
 */
export const seedCredentials = async (pool: Pool, keys: KeyProvider, seeds: readonly Seed[]): Promise<void> => {
  const store: VaultStore = createEventStore({ service: 'key-vault' });
  const fingerprints = createFingerprints({ keys, stored: createFingerprintKeys(pool), random: randomBytes });
  const cipher = createCredentialCipher(keys, randomBytes, fingerprints);
  const metadata = { actor: 'user:seed', correlationId: newId() };
  for (let from = 0; from < seeds.length; from += chunkSize) {
    const chunk = seeds
      .slice(from, from + chunkSize)
      .map((seed) => ({ ...seed, id: credentialIdOf(seed.account), events: historyOf(seed) }));
    const secrets = await Promise.all(
      chunk.map(({ account, id, apiKey, apiSecret }) =>
        cipher.seal({ ...account, credentialId: id }, 1, Buffer.from(apiKey), Buffer.from(apiSecret)),
      ),
    );
    const ids = chunk.map(({ id }) => id);
    await withTransaction(pool, async (tx) => {
      await store.append(
        tx,
        chunk.map(({ id, events }) => ({ streamId: `credential-${id}`, expectedVersion: 0, events, metadata })),
      );
      await tx.query(
        `insert into credentials (credential_id, user_id, exchange, environment, status, state, stream_version, saved_version, verify_at)
          select id, s ->> 'userId', s ->> 'exchange', s ->> 'environment', s ->> 'status', s, 3, 1, now() + interval '1 day'
          from unnest($1::uuid[], $2::jsonb[]) as n (id, s)`,
        [ids, chunk.map(({ events }) => JSON.stringify(replay(credentialDecider, events)))],
      );
      await tx.query(
        `insert into credential_secrets (credential_id, saved_version, key_id, api_key, api_secret, fingerprint)
          select id, 1, key_id, api_key, api_secret, fingerprint
          from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as n (id, key_id, api_key, api_secret, fingerprint)`,
        [
          ids,
          secrets.map(({ keyId }) => keyId),
          secrets.map(({ apiKey }) => apiKey),
          secrets.map(({ apiSecret }) => apiSecret),
          secrets.map(({ fingerprint }) => fingerprint),
        ],
      );
    });
  }
};
