import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@latchkey/kernel';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { EmbeddedServersError } from '../errors.js';
import { withAdvisoryLock, withClient } from './with-client.js';

export type ApplyMigrationsOptions = {
  /** The migrator's URL: whoever runs migrations owns the tables. */
  readonly url: string;
  /** As drizzle-kit writes it: `meta/_journal.json` beside the `.sql` files. Absolute. */
  readonly folder: string;
};

/** drizzle's migrator has no lock of its own: two at once would both try to apply the same file. Another key than the set-up's. */
const migrationLock = 0x6c6174_63686b_02n;

/**
 * Applies what a database has not seen yet, all in one transaction: either every pending migration or none. Any number of processes may do
 * it at the same time.
 *
 * @throws {EmbeddedServersError} `embedded.migrations_missing`, `embedded.migration_failed`
 */
export const applyMigrations = async ({ url, folder }: ApplyMigrationsOptions): Promise<void> => {
  const journal = join(folder, 'meta', '_journal.json');
  await access(journal).catch((cause: unknown) => {
    throw new EmbeddedServersError(
      'embedded.migrations_missing',
      `"${folder}" holds no migrations (no meta/_journal.json): make them with drizzle-kit.`,
      { folder },
      { cause },
    );
  });
  try {
    await withClient(url, (client) =>
      withAdvisoryLock(client, migrationLock, () => migrate(drizzle({ client }), { migrationsFolder: folder })),
    );
  } catch (error) {
    // drizzle wraps the database's error in one that quotes the whole statement; the reason is what helps.
    const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new EmbeddedServersError(
      'embedded.migration_failed',
      `migrations of "${folder}" were not applied: ${reason}. The database is as it was before.`,
      { folder },
      { cause: error },
    );
  }
};
