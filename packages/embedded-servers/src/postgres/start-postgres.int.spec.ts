import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../free-port.js';
import { startPostgres, type RunningPostgres, type StartPostgresOptions } from './start-postgres.js';

let folder: string;
const running: RunningPostgres[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-start-postgres-'));
});
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop('immediate')));
  await rm(folder, { recursive: true, force: true });
});

const start = async (name: string, options: Partial<StartPostgresOptions> = {}) => {
  const server = await startPostgres({
    dataDir: join(folder, name),
    templateCacheDir: join(folder, 'cache'),
    durability: 'fast',
    log: join(folder, `${name}.log`),
    ...options,
  });
  running.push(server);
  return server;
};

const ask = async (url: string, sql: string): Promise<readonly unknown[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
};

describe('startPostgres', () => {
  it('keeps what was committed through a stop, a crash and a kill', async () => {
    const first = await start('kept', { durability: 'full' });
    await ask(first.adminUrl, 'CREATE TABLE kept (n int)');
    await ask(first.adminUrl, 'INSERT INTO kept VALUES (1)');
    await first.stop();
    const second = await start('kept', { durability: 'full' });
    await ask(second.adminUrl, 'INSERT INTO kept VALUES (2)');
    await second.stop('immediate');
    const third = await start('kept', { durability: 'full' });
    await ask(third.adminUrl, 'INSERT INTO kept VALUES (3)');
    await third.kill();
    const fourth = await start('kept', { durability: 'full' });
    expect(await ask(fourth.adminUrl, 'SELECT n FROM kept ORDER BY n')).toEqual([1, 2, 3]);
    expect((await first.exited).code).toBe(0);
    expect((await third.exited).signal).toBe('SIGKILL');
  });

  it('listens on loopback only, wants a password, and is durable unless told otherwise', async () => {
    const server = await start('settings', { durability: 'full', settings: { max_connections: 33 } });
    const shown = await Promise.all(
      [
        'listen_addresses',
        'unix_socket_directories',
        'synchronous_commit',
        'fsync',
        'full_page_writes',
        'server_encoding',
        'max_connections',
      ].map(async (name) => [name, (await ask(server.adminUrl, `SHOW ${name}`))[0]]),
    );
    expect(Object.fromEntries(shown)).toEqual({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      synchronous_commit: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      server_encoding: 'UTF8',
      max_connections: '33',
    });
    expect(await ask(server.adminUrl, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules')).toEqual(['scram-sha-256']);
    await expect(ask(server.adminUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('gives copies of one template different passwords, and takes the one it is given', async () => {
    const [one, two] = [await start('one'), await start('two')];
    expect(new URL(one.adminUrl).password).not.toBe(new URL(two.adminUrl).password);
    await two.stop();
    const again = await start('two', { superuserPassword: 'chosen-by-me' });
    expect(new URL(again.adminUrl).password).toBe('chosen-by-me');
    expect(await ask(again.adminUrl, 'SELECT 1')).toEqual([1]);
    await again.stop();
    expect(new URL((await start('two')).adminUrl).password).toBe('chosen-by-me');
  });

  it('works without a template, and as another user where user namespaces are forbidden', async () => {
    const dataDir = join(folder, 'other-user');
    const server = await startPostgres({ dataDir, durability: 'fast', rootAs: 'user' });
    running.push(server);
    expect(await ask(server.adminUrl, 'SELECT 1')).toEqual([1]);
    const { uid } = await stat(dataDir);
    expect(process.getuid?.() === 0 ? uid !== 0 : uid === process.getuid?.()).toBe(true);
  });

  it('says which port is taken', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => {
      squatter.listen(0, '127.0.0.1', resolve);
    });
    const { port } = squatter.address() as AddressInfo;
    await expect(start('port', { port })).rejects.toMatchObject({ code: 'embedded.postgres_port_in_use', details: { port } });
    squatter.close();
    const other = await start('port', { port: await freePort() });
    // Also when it is a Postgres that answers there, which would refuse the password first.
    await expect(start('port-of-postgres', { port: other.port })).rejects.toMatchObject({
      code: 'embedded.postgres_port_in_use',
    });
  });

  it('refuses data that another Postgres is using, and takes it over when told to', async () => {
    const first = await start('used');
    await expect(start('used')).rejects.toMatchObject({ code: 'embedded.postgres_already_running', details: { pid: first.pid } });
    const second = await start('used', { orphan: 'stop' });
    expect(await ask(second.adminUrl, 'SELECT 1')).toEqual([1]);
    expect(await first.exited).toEqual({ code: 0, signal: null });
  });

  it('gets over a postmaster.pid whose number now belongs to somebody else', async () => {
    const first = await start('stale');
    const pidFile = join(folder, 'stale', 'postmaster.pid');
    const content = await readFile(pidFile, 'utf8');
    await first.kill();
    await writeFile(pidFile, content.replace(/^\d+/, String(process.pid)));
    expect(await ask((await start('stale')).adminUrl, 'SELECT 1')).toEqual([1]);
  });

  it('does not mix its files with somebody else’s', async () => {
    await mkdir(join(folder, 'holiday'));
    await writeFile(join(folder, 'holiday', 'photo.jpg'), '');
    await expect(start('holiday')).rejects.toMatchObject({
      code: 'embedded.postgres_init_failed',
      details: { target: join(folder, 'holiday') },
    });
    expect(await readdir(join(folder, 'holiday'))).toEqual(['photo.jpg']);
  });

  it('does not touch the data of another major version', async () => {
    await (await start('version')).stop();
    await writeFile(join(folder, 'version', 'PG_VERSION'), '17\n');
    await expect(start('version')).rejects.toMatchObject({
      code: 'embedded.postgres_version_mismatch',
      details: { found: '17', wanted: '18' },
    });
  });

  it('says when the password in its folder is not the right one', async () => {
    const server = await start('password');
    await ask(server.adminUrl, "ALTER ROLE postgres PASSWORD 'changed-by-hand'");
    await server.stop();
    await expect(start('password')).rejects.toMatchObject({ code: 'embedded.postgres_password_rejected' });
  });

  it('says why it ended while starting, and leaves nothing running', async () => {
    const failure = start('broken', { settings: { shared_buffers: 'a lot' } });
    await expect(failure).rejects.toMatchObject({
      code: 'embedded.postgres_did_not_start',
      message: expect.stringContaining('shared_buffers') as string,
    });
    await expect(stat(join(folder, 'broken', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('writes no statement, and so no password, into its log', async () => {
    const server = await start('log');
    await expect(ask(server.adminUrl, "ALTER ROLE nobody_here PASSWORD 'canary-4711'")).rejects.toMatchObject({ code: '42704' });
    await server.stop();
    const log = await readFile(join(folder, 'log.log'), 'utf8');
    expect(log).toContain('role "nobody_here" does not exist');
    expect(log).not.toContain('canary-4711');
  });
});
