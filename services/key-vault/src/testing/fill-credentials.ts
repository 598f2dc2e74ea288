import { randomBytes } from 'node:crypto';
import type { Account, CommandContext } from '@latchkey/contracts';
import { createEventStore, createPool, withTransaction } from '@latchkey/event-store';
import { newId, replay, type UserId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { streamOf, type VaultStore } from '../adapters/postgres/credential-rows.js';
import { createFingerprintKeys } from '../adapters/postgres/fingerprint-keys.js';
import { createCredentialCipher, type CredentialCipher } from '../app/credential-cipher.js';
import { createFingerprints } from '../app/fingerprints.js';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { credentialDecider } from '../domain/credential/decide.js';
import { maskedKey } from '../domain/credential/key-format.js';
import { readEncryptionKey } from '../domain/encryption/encryption-key.js';
import { createKeyring } from '../domain/encryption/keyring.js';
import type { CredentialEvent } from '../domain/credential/credential.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const atOnce = 1_000;

/** Saved and verified, as the vault would have recorded it over a day. */
const historyOf = (account: Account, apiKey: string): readonly CredentialEvent[] => {
  const credentialId = credentialIdOf(account);
  const identity = { ...account, credentialId };
  const permissions = { canRead: true, canTrade: true, canWithdraw: false };
  const verified = { verificationId: newId(), verifiedAt: new Date().toISOString(), permissions, warnings: [] };
  return [
    { type: 'CredentialSaved', v: 1, data: { ...identity, maskedKey: maskedKey(apiKey), replaced: false } },
    { type: 'CredentialVerified', v: 1, data: { ...identity, ...verified } },
  ];
};

const madeUp = async (account: Account, cipher: CredentialCipher) => {
  const [apiKey, apiSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
  const events = historyOf(account, apiKey);
  const credential = replay(credentialDecider, events);
  const credentialId = credentialIdOf(account);
  const secret = await cipher.seal({ ...account, credentialId }, 1, Buffer.from(apiKey), Buffer.from(apiSecret));
  return {
    append: { streamId: streamOf(credentialId), expectedVersion: 0, events },
    row: {
      credential_id: credentialId,
      user_id: account.userId,
      exchange: account.exchange,
      environment: account.environment,
      status: credential.status,
      state: credential,
      stream_version: events.length,
      saved_version: 1,
    },
    secret: {
      credential_id: credentialId,
      saved_version: 1,
      key_id: secret.keyId,
      api_key: secret.apiKey,
      api_secret: secret.apiSecret,
      fingerprint: secret.fingerprint,
      saved_at: new Date().toISOString(),
    },
  };
};

const insertAll = (
  pool: Pool,
  store: VaultStore,
  made: readonly Awaited<ReturnType<typeof madeUp>>[],
  metadata: CommandContext,
) =>
  withTransaction(pool, async (tx) => {
    await store.append(
      tx,
      made.map(({ append }) => ({ ...append, metadata })),
    );
    for (const [table, rows] of [
      ['credentials', made.map(({ row }) => row)],
      ['credential_secrets', made.map(({ secret }) => secret)],
    ] as const) {
      const columns = Object.keys(rows[0] ?? {}).join(', ');
      const text = `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1)`;
      await tx.query(text, [JSON.stringify(rows)]);
    }
  });

/**
 * Fills a vault's database with verified credentials of made-up users at Binance, through the vault's own cipher and event store: what a
 * measurement with many of them needs.
 *
 * @param options.encryptionKey 64 hex digits, as the vault has it
 */
export const fillCredentials = async (options: {
  readonly databaseUrl: string;
  readonly encryptionKey: string;
  readonly userIds: readonly string[];
}): Promise<void> => {
  const { databaseUrl, encryptionKey, userIds } = options;
  const reading = readEncryptionKey(encryptionKey);
  if (!reading.ok) throw new TypeError(reading.problem);
  const random = (bytes: number): Buffer => randomBytes(bytes);
  const keys = createKeyring({ current: reading.key, random });
  const store: VaultStore = createEventStore({ service: 'key-vault' });
  const pool = createPool({ url: databaseUrl, applicationName: 'fill-credentials', max: 2, log: silent });
  const fingerprints = createFingerprints({ keys, stored: createFingerprintKeys(pool), random });
  const cipher = createCredentialCipher(keys, random, fingerprints);
  const metadata: CommandContext = { actor: 'service:key-vault', correlationId: newId() };
  try {
    for (let from = 0; from < userIds.length; from += atOnce) {
      const accounts = userIds
        .slice(from, from + atOnce)
        .map((userId): Account => ({ userId: userId as UserId, exchange: 'binance', environment: 'live' }));
      await insertAll(pool, store, await Promise.all(accounts.map((account) => madeUp(account, cipher))), metadata);
    }
  } finally {
    await pool.end();
  }
};
