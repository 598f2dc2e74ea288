import { randomBytes } from 'node:crypto';
import { createPool } from '@latchkey/event-store';
import type { UserId } from '@latchkey/kernel';
import { readEncryptionKey } from '../domain/encryption/encryption-key.js';
import { createKeyring } from '../domain/encryption/keyring.js';
import { seedCredentials, type Seed } from './seed-credentials.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const atOnce = 1_000;

/** A live account of a user; what is not given is made up. */
export type FilledAccount = {
  readonly userId: string;
  readonly exchange?: Seed['account']['exchange'];
  readonly apiKey?: string;
  readonly apiSecret?: string;
};

const seedOf = ({ userId, exchange = 'binance', ...key }: FilledAccount): Seed => ({
  account: { userId: userId as UserId, exchange, environment: 'live' },
  apiKey: key.apiKey ?? randomBytes(32).toString('hex'),
  apiSecret: key.apiSecret ?? randomBytes(32).toString('hex'),
});

/**
 * Fills a vault's database with verified credentials, through the vault's own cipher and event store: what a
 * measurement with many of them needs. The vault must have been started once.
 *
 * @param options.encryptionKey 64 hex digits, as the vault has it
 */
export const fillCredentials = async (options: {
  readonly databaseUrl: string;
  readonly encryptionKey: string;
  readonly accounts: readonly FilledAccount[];
}): Promise<void> => {
  const { databaseUrl, encryptionKey, accounts } = options;
  const reading = readEncryptionKey(encryptionKey);
  if (!reading.ok) throw new TypeError(reading.problem);
  const keys = createKeyring({ current: reading.key, random: (bytes) => randomBytes(bytes) });
  const pool = createPool({ url: databaseUrl, applicationName: 'fill-credentials', max: 2, log: silent });
  try {
    for (let from = 0; from < accounts.length; from += atOnce)
      await seedCredentials(pool, keys, accounts.slice(from, from + atOnce).map(seedOf));
  } finally {
    await pool.end();
  }
};
