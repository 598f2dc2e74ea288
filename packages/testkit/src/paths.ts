import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, wherever a spec is started from: this file lies in `packages/testkit/{src,dist}`. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** Where downloads and templates are kept between runs. */
export const cacheDir = join(process.env['LATCHKEY_HOME'] ?? join(repositoryRoot, '.latchkey'), 'cache');

/** `infra/postgres`: the roles and databases that every installation has. */
export const postgresInfraDir = join(repositoryRoot, 'infra', 'postgres');

/** `infra/nats`: the server's real configuration. */
export const natsInfraDir = join(repositoryRoot, 'infra', 'nats');

/** A service's migrations, if it has any. */
export const migrationsOf = (service: string): string | undefined => {
  const folder = join(repositoryRoot, 'services', service, 'migrations');
  return existsSync(join(folder, 'meta', '_journal.json')) ? folder : undefined;
};
