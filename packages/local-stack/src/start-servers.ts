import { join } from 'node:path';
import { serviceNames, type ServiceName } from '@latchkey/contracts';
import {
  applyMigrations,
  ensureDatabases,
  findNatsServer,
  freePort,
  natsEnvironment,
  startNats,
  startPostgres,
  type DatabaseUrls,
} from '@latchkey/embedded-servers';
import { repositoryRoot, type StackHome } from './home.js';
import type { StackKeys } from './keys.js';
import { supervise, type SupervisedPart } from './part.js';

type ServerOptions = {
  readonly home: StackHome;
  readonly keys: StackKeys;
  readonly say: (line: string) => void;
  readonly onRestart: () => void;
};

export type PostgresPart = {
  readonly part: SupervisedPart;
  readonly adminUrl: string;
  readonly databases: Readonly<Record<ServiceName, DatabaseUrls>>;
};

/** Postgres on a port that stays for this run, so that a restart is no news to its clients. */
export const startPostgresPart = async ({ home, keys, say, onRestart }: ServerOptions): Promise<PostgresPart> => {
  const port = await freePort();
  let adminUrl = '';
  const part = await supervise({
    name: 'postgres',
    say,
    onRestart,
    start: async () => {
      const running = await startPostgres({
        dataDir: join(home.postgres, 'data'),
        port,
        templateCacheDir: join(home.cache, 'postgres'),
        log: join(home.logs, 'postgres.log'),
        orphan: 'stop',
      });
      adminUrl = running.adminUrl;
      return running;
    },
  });
  try {
    const databases = await ensureDatabases({
      adminUrl,
      infraDir: join(repositoryRoot, 'infra/postgres'),
      auditorPassword: keys.passwords.auditor,
      databases: serviceNames.map((service) => ({
        service,
        servicePassword: keys.passwords.services[service].service,
        migratorPassword: keys.passwords.services[service].migrator,
      })),
    });
    for (const service of serviceNames) {
      await applyMigrations({
        url: databases[service]?.migratorUrl ?? '',
        folder: join(repositoryRoot, 'services', service, 'migrations'),
      });
    }
    return { part, adminUrl, databases };
  } catch (error) {
    await part.stop();
    throw error;
  }
};

export type NatsPart = { readonly part: SupervisedPart; readonly url: string; readonly monitorUrl: string };

/** The NATS server with the shipped configuration, on ports that stay for this run. */
export const startNatsPart = async ({ home, keys, say, onRestart }: ServerOptions): Promise<NatsPart> => {
  const server = await findNatsServer({ cacheDir: home.cache, log: say });
  const [port, monitorPort] = [await freePort(), await freePort()];
  const part = await supervise({
    name: 'nats',
    say,
    onRestart,
    start: () =>
      startNats({
        bin: server.path,
        configFile: join(repositoryRoot, 'infra/nats/nats-server.conf'),
        storeDir: home.nats,
        port,
        monitorPort,
        env: natsEnvironment(keys.nats),
        log: join(home.logs, 'nats.log'),
        orphan: 'stop',
      }),
  });
  return { part, url: `nats://127.0.0.1:${port}`, monitorUrl: `http://127.0.0.1:${monitorPort}` };
};
