import { cp, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { TestkitError } from '../../errors.js';
import { eventually } from '../../eventually.js';
import type { NatsLaunch, NatsServer } from '../spec-servers.js';
import { startContainer } from './start-container.js';

const [clientPort, monitorPort] = [4222, 8222];
const configAt = '/etc/latchkey';
const folderAt = '/data';
const startTimeoutMs = 60_000;

const isHealthy = (monitorUrl: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = get(`${monitorUrl}/healthz`, { timeout: 2_000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) response.on('close', resolve);
      else reject(new TestkitError('testkit.server_unavailable', `NATS answers ${response.statusCode}`));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', reject);
  });

/** The spec's configuration, and monitoring on an address that can be published: a container's loopback cannot. */
const writeConfig = async ({ folder, configFile }: NatsLaunch): Promise<string> => {
  const target = join(folder, 'config');
  if (dirname(configFile) !== target) await cp(dirname(configFile), target, { recursive: true });
  await writeFile(join(target, 'container.conf'), `include "${basename(configFile)}"\nhttp: 0.0.0.0:${monitorPort}\n`);
  return target;
};

/** As a container: the image of `LATCHKEY_TEST_NATS_IMAGE`, `nats:2.15` unless set. It works on the spec's own folder. */
export const startNatsContainer = async (launch: NatsLaunch): Promise<NatsServer> => {
  const config = await writeConfig(launch);
  const container = await startContainer({
    image: process.env['LATCHKEY_TEST_NATS_IMAGE'] || 'nats:2.15',
    command: [
      '-c',
      `${configAt}/container.conf`,
      '-a',
      '0.0.0.0',
      '-p',
      String(clientPort),
      '-sd',
      `${folderAt}/${basename(launch.storeDir)}`,
    ],
    env: launch.env,
    ports: [clientPort, monitorPort],
    mounts: [
      { source: config, target: configAt, mode: 'ro' },
      // The folder around the store: specs delete the store itself, and a mount would hold on to what was deleted.
      { source: launch.folder, target: folderAt, mode: 'rw' },
    ],
    // What it writes belongs to whoever runs the specs, who wipes and copies it.
    ...(process.getuid && process.getgid ? { user: `${process.getuid()}:${process.getgid()}` } : {}),
    ready: { says: /Server is ready/, times: 1 },
    folder: launch.folder,
  });
  const [port, monitoring] = container.ports;
  const monitorUrl = `http://${container.host}:${monitoring}`;
  const untilReady = () => eventually(() => isHealthy(monitorUrl), { timeoutMs: startTimeoutMs });
  await untilReady();
  return {
    url: `nats://${container.host}:${port}`,
    monitorUrl,
    pid: container.pid,
    stop: () => container.end('SIGTERM'),
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
