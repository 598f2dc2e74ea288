import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { serviceNames, type ServiceName } from '@latchkey/contracts';
import { applyMigrations, ensureDatabases } from '@latchkey/embedded-servers';

export type PrepareDatabasesOptions = {
  /** A superuser's. */
  readonly adminUrl: string;
  readonly passwords: Readonly<Record<ServiceName, string>>;
  readonly auditorPassword: string;
  /** Holds `infra/postgres` and `services/<name>/migrations`. */
  readonly root: string;
};

/**
 * Makes roles and databases, and brings every service's tables up to date. The migrators' passwords are made for this one run and kept by
 * nobody: between two runs no one can log in as the owner of a table.
 */
export const prepareDatabases = async ({
  adminUrl,
  passwords,
  auditorPassword,
  root,
}: PrepareDatabasesOptions): Promise<void> => {
  const databases = await ensureDatabases({
    adminUrl,
    infraDir: join(root, 'infra', 'postgres'),
    auditorPassword,
    databases: serviceNames.map((service) => ({
      service,
      servicePassword: passwords[service],
      migratorPassword: randomBytes(24).toString('base64url'),
    })),
  });
  for (const service of serviceNames) {
    await applyMigrations({
      url: databases[service]?.migratorUrl ?? '',
      folder: join(root, 'services', service, 'migrations'),
    });
  }
};
