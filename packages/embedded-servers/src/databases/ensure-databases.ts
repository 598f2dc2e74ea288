import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@latchkey/kernel';
import type { Client } from 'pg';
import { EmbeddedServersError } from '../errors.js';
import { scramVerifier } from '../postgres/scram.js';
import { auditorRole, databaseNameOf, migratorRoleOf, urlFor, urlInDatabase } from './names.js';
import { withAdvisoryLock, withClient } from './with-client.js';

/** One service's part of a cluster. */
export type ServiceDatabase = {
  /** e.g. `trade-executor`; names the roles. */
  readonly service: string;
  /** Default: the service's name with `_`. */
  readonly database?: string;
  readonly servicePassword: string;
  readonly migratorPassword: string;
};

export type EnsureDatabasesOptions = {
  /** A superuser's URL; its database is only connected to. */
  readonly adminUrl: string;
  /** The folder `infra/postgres`. Absolute. */
  readonly infraDir: string;
  readonly databases: readonly ServiceDatabase[];
  readonly auditorPassword: string;
};

/** Ways into one service's database. All hold passwords: not for logs. */
export type DatabaseUrls = {
  readonly database: string;
  /** The running service's. */
  readonly url: string;
  readonly migratorUrl: string;
  readonly auditorUrl: string;
  /** The superuser's, in this database. */
  readonly adminUrl: string;
};

/** "latchkey" in hexadecimal digits: roles belong to the cluster, and two who alter one at once make each other fail. */
const setupLock = 0x6c6174_63686b_01n;

const readSql = async (infraDir: string, name: string) => {
  const path = join(infraDir, name);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new EmbeddedServersError(
      'embedded.infra_file_missing',
      `"${path}" cannot be read: check out the whole repository.`,
      { path },
      { cause },
    );
  }
};

/** Runs one of the files with what it reads by `current_setting`. Values travel as parameters and are forgotten afterwards. */
const runFile = async (client: Client, sql: string, settings: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(settings))
    await client.query('SELECT set_config($1, $2, false)', [`latchkey.${name}`, value]);
  try {
    return await client.query<{ statement?: string }>(sql);
  } finally {
    for (const name of Object.keys(settings)) await client.query('SELECT set_config($1, $2, false)', [`latchkey.${name}`, '']);
  }
};

/**
 * Makes roles, databases and privileges as `infra/postgres` says, and puts them right where they are there already. Any number of processes
 * may do it at the same time.
 *
 * @returns the URLs by service
 * @throws {EmbeddedServersError} `embedded.infra_file_missing`, `embedded.database_setup_failed`
 */
export const ensureDatabases = async (options: EnsureDatabasesOptions): Promise<Readonly<Record<string, DatabaseUrls>>> => {
  const { adminUrl, infraDir, databases, auditorPassword } = options;
  const [cluster, roles, create, privileges] = await Promise.all(
    ['10-cluster.sql', '20-service-roles.sql', '30-database.sql', '40-privileges.sql'].map((name) => readSql(infraDir, name)),
  );
  try {
    await withClient(adminUrl, (client) =>
      withAdvisoryLock(client, setupLock, async () => {
        await runFile(client, cluster ?? '', { auditor_password: scramVerifier(auditorPassword) });
        for (const { service, servicePassword, migratorPassword, database = databaseNameOf(service) } of databases) {
          await runFile(client, roles ?? '', {
            service,
            service_password: scramVerifier(servicePassword),
            migrator_password: scramVerifier(migratorPassword),
          });
          const { rows } = await runFile(client, create ?? '', { database });
          for (const { statement } of rows) if (statement !== undefined) await client.query(statement);
          await withClient(urlInDatabase(adminUrl, database), (inside) => runFile(inside, privileges ?? '', { service }));
        }
      }),
    );
  } catch (cause) {
    throw new EmbeddedServersError(
      'embedded.database_setup_failed',
      `databases and roles could not be set up: ${messageOf(cause)}. The URL must be a superuser's, of Postgres 17 or newer.`,
      { services: databases.map(({ service }) => service) },
      { cause },
    );
  }
  return Object.fromEntries(
    databases.map(({ service, servicePassword, migratorPassword, database = databaseNameOf(service) }) => [
      service,
      {
        database,
        url: urlFor(adminUrl, databaseNameOf(service), servicePassword, database),
        migratorUrl: urlFor(adminUrl, migratorRoleOf(service), migratorPassword, database),
        auditorUrl: urlFor(adminUrl, auditorRole, auditorPassword, database),
        adminUrl: urlInDatabase(adminUrl, database),
      },
    ]),
  );
};
