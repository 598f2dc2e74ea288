import { randomBytes } from 'node:crypto';
import { createPool } from '@latchkey/event-store';
import type { UserId } from '@latchkey/kernel';
import { readEncryptionKey } from '../domain/encryption/encryption-key.js';
import { createKeyring } from '../domain/encryption/keyring.js';
import { seedCredentials, type Seed } from './seed-credentials.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const atOnce = 1_000;

const madeUp = (userId: string): Seed => ({
  account: { userId: userId as UserId, exchange: 'binance', environment: 'live' },
  apiKey: randomBytes(32).toString('hex'),
  apiSecret: randomBytes(32).toString('hex'),
});

/**
 * Fills a vault's database with verified credentials of made-up users at Binance, through the vault's own cipher and event store: what a
 * measurement with many of them needs. The vault must have been started once.
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
  const keys = createKeyring({ current: reading.key, random: (bytes) => randomBytes(bytes) });
  const pool = createPool({ url: databaseUrl, applicationName: 'fill-credentials', max: 2, log: silent });
  try {
    for (let from = 0; from < userIds.length; from += atOnce)
      await seedCredentials(pool, keys, userIds.slice(from, from + atOnce).map(madeUp));
  } finally {
    await pool.end();
  }
};
