import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

export {
  consumerPositions,
  consumerSubjects,
  deadLetters,
  events,
  leases,
  logEpochs,
  relayCheckpoints,
  streams,
  subjectHeads,
} from '@latchkey/event-store/schema';

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'string' });

/** One known text per master key: it opens, or the key is the wrong one. A key that was retired has none any more. */
export const keySentinels = pgTable('key_sentinels', {
  keyId: text('key_id').primaryKey(),
  envelope: text('envelope').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

/**
 * The master key that a row's envelopes are under. It refers to the key's sentinel, so that no row is ever under a key that was retired:
 * not even one that another process is saving while the operator retires it.
 */
const keyId = () =>
  text('key_id')
    .notNull()
    .references(() => keySentinels.keyId);

/** Each credential as the stream of its events says, kept in the appending transaction. A deleted one stays as a tombstone without a secret. */
export const credentials = pgTable(
  'credentials',
  {
    credentialId: uuid('credential_id').primaryKey(),
    userId: text('user_id').notNull(),
    exchange: text('exchange').notNull(),
    environment: text('environment').notNull(),
    status: text('status').notNull(),
    state: jsonb('state').notNull(),
    /** Version of the stream that this row reflects, and of the event that saved the key in force. */
    streamVersion: integer('stream_version').notNull(),
    savedVersion: integer('saved_version').notNull(),
    /** When a deleted key's secret must be gone. */
    destroyAt: instant('destroy_at'),
    /** When the venue is to be asked again what the key may do, and when its owner is to be told of its end: both follow from `state`. */
    verifyAt: instant('verify_at'),
    noticeAt: instant('notice_at'),
  },
  (table) => [
    unique('credentials_account').on(table.userId, table.exchange, table.environment),
    index('credentials_destroy_at').on(table.destroyAt),
    index('credentials_verify_at').on(table.verifyAt),
    index('credentials_notice_at').on(table.noticeAt),
  ],
);

/** Ciphertext alone. `fingerprint` tells equal API keys, under the key of the deployment. */
export const credentialSecrets = pgTable(
  'credential_secrets',
  {
    credentialId: uuid('credential_id')
      .primaryKey()
      .references(() => credentials.credentialId),
    savedVersion: integer('saved_version').notNull(),
    keyId: keyId(),
    apiKey: text('api_key').notNull(),
    apiSecret: text('api_secret').notNull(),
    fingerprint: text('fingerprint').notNull(),
    savedAt: instant('saved_at').notNull().defaultNow(),
  },
  (table) => [
    index('credential_secrets_key').on(table.keyId, table.credentialId),
    index('credential_secrets_fingerprint').on(table.fingerprint),
  ],
);

/** Verifications under way, with SHA-256 of the strings that were signed for them. */
export const verifications = pgTable(
  'verifications',
  {
    verificationId: uuid('verification_id').primaryKey(),
    credentialId: uuid('credential_id').notNull(),
    expiresAt: instant('expires_at').notNull(),
    digests: text('digests').array().notNull(),
  },
  (table) => [index('verifications_expires_at').on(table.expiresAt)],
);

/** One string per attempt of a trade leg, for ever: SHA-256 of the one that was signed, and the API key that signed it. */
export const signedAttempts = pgTable(
  'signed_attempts',
  {
    tradeId: uuid('trade_id').notNull(),
    leg: text('leg').notNull(),
    attempt: integer('attempt').notNull(),
    digest: text('digest').notNull(),
    /** As in `credential_secrets`. Null: not known, which never counts as the same key. */
    keyFingerprint: text('key_fingerprint'),
    signedAt: instant('signed_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tradeId, table.leg, table.attempt] })],
);

/** `jti` of the sealed secrets that were opened, for as long as they would be taken. */
export const usedSealedSecrets = pgTable('used_sealed_secrets', {
  jti: text('jti').primaryKey(),
  expiresAt: instant('expires_at').notNull(),
});

/** Key pairs that users seal their secrets to; the newest one is handed out. */
export const sealingKeys = pgTable('sealing_keys', {
  kid: text('kid').primaryKey(),
  publicJwk: jsonb('public_jwk').notNull(),
  keyId: keyId(),
  privateKey: text('private_key').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

/** Pairs that the vault made and no exchange has taken a signature of yet: at most one per account, the private half encrypted. */
export const keyPairs = pgTable(
  'key_pairs',
  {
    credentialId: uuid('credential_id').primaryKey(),
    /** Version of the event that made it, in the stream of the account's pairs. */
    generatedVersion: integer('generated_version').notNull(),
    publicKeyDigest: text('public_key_digest').notNull(),
    keyId: keyId(),
    privateKey: text('private_key').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('key_pairs_expires_at').on(table.expiresAt), index('key_pairs_key').on(table.keyId, table.credentialId)],
);

/** What API keys are told apart by: the key of the fingerprints, wrapped like any other secret, so that it outlives the master keys. */
export const fingerprintKeys = pgTable('fingerprint_keys', {
  name: text('name').primaryKey(),
  keyId: keyId(),
  envelope: text('envelope').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

/** Which of the executor's events a row was written from: an older one, which a repaired gap brings late, changes nothing. */
const writtenFrom = () => ({
  epoch: bigint('epoch', { mode: 'number' }).notNull(),
  version: integer('version').notNull(),
});

/** What the executor said is halted; a row stays when it is resumed. `target` is a user, a strategy, or empty for the platform. */
export const tradingHalts = pgTable(
  'trading_halts',
  {
    scope: text('scope').notNull(),
    target: text('target').notNull(),
    halted: boolean('halted').notNull(),
    ...writtenFrom(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.target] })],
);

/** The symbols that a user may open on; null: all of them. */
export const symbolLists = pgTable('symbol_lists', {
  userId: text('user_id').primaryKey(),
  symbols: text('symbols').array(),
  ...writtenFrom(),
});

/**
 * A bucket of signatures for each credential and purpose, so that look-ups or openings never use up what closing needs: `tokens` is what was
 * left after the last group took from it, `available` what that group found.
 */
export const signingRates = pgTable(
  'signing_rates',
  {
    credentialId: uuid('credential_id').notNull(),
    purpose: text('purpose').notNull(),
    available: doublePrecision('available').notNull(),
    tokens: doublePrecision('tokens').notNull(),
    filledAt: timestamp('filled_at', { withTimezone: true, mode: 'string' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.credentialId, table.purpose] })],
);

/** How many data keys were wrapped under each master key; counted before they are. */
export const masterKeyUses = pgTable('master_key_uses', {
  keyId: text('key_id').primaryKey(),
  wraps: bigint('wraps', { mode: 'number' }).notNull(),
});

/** Master keys that nothing is encrypted under any more, and nothing will be. */
export const retiredKeys = pgTable('retired_keys', {
  keyId: text('key_id').primaryKey(),
  retiredAt: instant('retired_at').notNull(),
});
