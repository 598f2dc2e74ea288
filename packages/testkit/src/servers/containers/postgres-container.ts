import { randomBytes } from 'node:crypto';
import { postgresArguments } from '@latchkey/embedded-servers';
import { Client } from 'pg';
import { eventually } from '../../eventually.js';
import type { SpecPostgres, SpecPostgresOptions } from '../spec-servers.js';
import { startContainer } from './start-container.js';

const port = 5432;
const startTimeoutMs = 60_000;

const answers = async (url: string): Promise<void> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
};

const signals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** As a container: the image of `LATCHKEY_TEST_POSTGRES_IMAGE`, `postgres:18` unless set. */
export const startPostgresContainer = async ({
  durability = 'fast',
  settings = {},
}: SpecPostgresOptions): Promise<SpecPostgres> => {
  const password = randomBytes(24).toString('base64url');
  const container = await startContainer({
    image: process.env['LATCHKEY_TEST_POSTGRES_IMAGE'] || 'postgres:18',
    command: ['postgres', ...postgresArguments({ durability, settings })],
    env: { POSTGRES_PASSWORD: password, POSTGRES_INITDB_ARGS: '--encoding=UTF8 --no-sync' },
    ports: [port],
    // Once while the image's script prepares the data folder, then for everybody.
    ready: { says: /database system is ready to accept connections/, times: 2 },
  });
  const adminUrl = `postgres://postgres:${password}@${container.host}:${container.ports[0]}/postgres`;
  const untilReady = () => eventually(() => answers(adminUrl), { timeoutMs: startTimeoutMs });
  await untilReady();
  return {
    adminUrl,
    port: container.ports[0] ?? port,
    get pid() {
      return container.pid();
    },
    folders: [],
    stop: (mode = 'fast') => container.end(signals[mode]),
    kill: () => container.end('SIGKILL'),
    start: async () => {
      await container.start();
      await untilReady();
    },
    freeze: container.freeze,
    thaw: container.thaw,
    remove: container.remove,
  };
};
