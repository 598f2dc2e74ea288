import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNatsServer } from './find-nats-server.js';
import { createNatsIdentity, natsEnvironment, natsIdentityNames } from './identities.js';
import { startNats, type StartNatsOptions } from './start-nats.js';

let folder: string;
let bin: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-start-nats-'));
  const home = process.env['LATCHKEY_HOME'] ?? fileURLToPath(new URL('../../../../.latchkey', import.meta.url));
  bin = (await findNatsServer({ cacheDir: join(home, 'cache') })).path;
  await writeFile(join(folder, 'open.conf'), 'jetstream { sync_interval: always }\n');
  await writeFile(
    join(folder, 'users.conf'),
    'jetstream {}\nauthorization { users: [{ nkey: $LATCHKEY_NKEY_GATEWAY }, { nkey: $LATCHKEY_NKEY_TRADE_EXECUTOR }] }\n',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (options: Partial<StartNatsOptions> = {}) =>
  startNats({ bin, configFile: join(folder, 'open.conf'), storeDir: join(folder, 'store'), ...options });

const status = async (monitorUrl: string) =>
  ((await (await fetch(`${monitorUrl}/varz`)).json()) as { jetstream: { config: unknown } }).jetstream;

describe('startNats', () => {
  it('is ready with JetStream on the given store, ends when told, and starts again on the same ports', async () => {
    const first = await start();
    expect(await status(first.monitorUrl)).toMatchObject({
      config: { store_dir: join(folder, 'store', 'jetstream'), sync_always: true },
    });
    await first.kill();
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const second = await start({ port: first.port, monitorPort: first.monitorPort });
    expect(second.url).toBe(first.url);
    await second.stop();
    await second.stop();
    await expect(fetch(second.monitorUrl)).rejects.toThrow();
  });

  it('reads identities from its environment', async () => {
    const names = await natsIdentityNames(folder);
    expect(names).toEqual(['gateway', 'trade-executor']);
    const identities = Object.fromEntries(names.map((name) => [name, createNatsIdentity()]));
    const server = await start({
      configFile: join(folder, 'users.conf'),
      storeDir: join(folder, 'users'),
      env: natsEnvironment(identities),
    });
    await server.stop();
    expect((await server.exited).signal).toBeNull();
  });

  it('says which variable is missing', async () => {
    await expect(start({ configFile: join(folder, 'users.conf') })).rejects.toMatchObject({
      code: 'embedded.nats_did_not_start',
      message: expect.stringContaining('LATCHKEY_NKEY_GATEWAY') as string,
    });
  });

  it('refuses a store that another server is using, and takes it over when told to', async () => {
    const storeDir = join(folder, 'used');
    const first = await start({ storeDir });
    await expect(start({ storeDir })).rejects.toMatchObject({
      code: 'embedded.nats_already_running',
      details: { pid: first.pid },
    });
    const second = await start({ storeDir, orphan: 'stop' });
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await second.kill();
    await (await start({ storeDir })).stop(); // the pid file of a dead one is no obstacle
  });

  it('says when there is no such program', async () => {
    await expect(start({ bin: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'embedded.nats_did_not_start',
      message: expect.stringContaining('cannot be executed') as string,
    });
  });

  it('says that a port is taken', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => {
      squatter.listen(0, '127.0.0.1', resolve);
    });
    const { port } = squatter.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({ code: 'embedded.nats_port_in_use' });
    squatter.close();
  });

  it('writes its log to a file that stays', async () => {
    const log = join(folder, 'nats.log');
    await (await start({ log })).stop();
    await expect(access(log)).resolves.toBeUndefined();
  });
});
