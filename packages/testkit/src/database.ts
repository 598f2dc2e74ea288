import { createHmac, randomBytes } from 'node:crypto';
import type { ServiceName } from '@latchkey/contracts';
import { applyMigrations, databaseNameOf, ensureDatabases, type DatabaseUrls } from '@latchkey/embedded-servers';
import { Client } from 'pg';
import { migrationsOf, postgresInfraDir } from './paths.js';
import { postgres } from './postgres.js';

/** What a new database holds. Without either: the migrations of `services/<service>` if there are any. */
export type DatabaseOptions = {
  /** A folder of drizzle migrations; `false` for none. */
  readonly migrations?: string | false;
  /** Statements that run as the migrator, after the migrations. Grant what the service's role needs. */
  readonly sql?: string;
};

/** A database that nobody else uses, with the real roles of its service. */
export type SpecDatabase = DatabaseUrls & {
  /** Ends whatever is connected and deletes it. */
  readonly drop: () => Promise<void>;
};

const query = async (url: string, sql: string) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

/** Roles belong to the whole server: every worker derives the same passwords from what all of them know. */
const passwordOf = (adminUrl: string, role: string) => createHmac('sha256', adminUrl).update(role).digest('base64url');

/** A fresh database on a given server. */
export const databaseOn = async (
  adminUrl: string,
  service: ServiceName | 'spec' = 'spec',
  options: DatabaseOptions = {},
): Promise<SpecDatabase> => {
  const name = `spec_${randomBytes(6).toString('hex')}_${databaseNameOf(service)}`;
  const all = await ensureDatabases({
    adminUrl,
    infraDir: postgresInfraDir,
    auditorPassword: passwordOf(adminUrl, 'auditor'),
    databases: [
      {
        service,
        database: name,
        servicePassword: passwordOf(adminUrl, service),
        migratorPassword: passwordOf(adminUrl, `${service}_migrator`),
      },
    ],
  });
  const urls = all[service] as DatabaseUrls;
  const folder = options.migrations ?? (options.sql === undefined ? migrationsOf(service) : undefined);
  if (folder !== undefined && folder !== false) await applyMigrations({ url: urls.migratorUrl, folder });
  if (options.sql !== undefined) await query(urls.migratorUrl, options.sql);
  return { ...urls, drop: () => query(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
};

/**
 * A fresh database on the run's shared server.
 *
 * @param service whose roles and migrations; without one a made-up service whose role is `spec`
 */
export const database = async (service?: ServiceName, options?: DatabaseOptions): Promise<SpecDatabase> =>
  databaseOn((await postgres()).adminUrl, service, options);
