import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, repositoryRoot, startStack, type Stack } from './support/stack.js';

const services = ['gateway', 'key-vault', 'trade-executor', 'audit'] as const;
type Service = (typeof services)[number];

describe('a service that cannot do its job says why, once, and ends', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack?.dispose());

  /** What the supervisor gives a service, so that one thing at a time can be wrong. */
  const environmentOf = async (service: Service): Promise<Record<string, string>> => {
    const { postgres, nats, simulator } = stack.description();
    const keys = join(stack.home, 'keys');
    return {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: postgres.databases[service] as string,
      NATS_URL: nats.url,
      LATCHKEY_NKEY_SEED_FILE: nats.users[service]?.seedFile as string,
      LATCHKEY_MESSAGE_KEY_FILE: join(keys, `message-${service}.jwk.json`),
      LATCHKEY_TRUSTED_KEYS_FILE: join(keys, 'trusted-message-keys.json'),
      HEALTH_PORT: '0',
      ...(service === 'key-vault' ? { ENCRYPTION_KEY_FILE: join(keys, 'encryption-key') } : {}),
      ...(service === 'trade-executor'
        ? { LATCHKEY_VENUES: 'simulator', VENUE_BINANCE_URL: simulator.binance, VENUE_BYBIT_URL: simulator.bybit }
        : {}),
      ...(service === 'gateway'
        ? { PORT: String(await freePort()), JWT_ISSUER: 'latchkey-embedded', JWKS_FILE: join(keys, 'token-issuer.jwks.json') }
        : {}),
    };
  };

  const run = async (service: Service, wrong: Readonly<Record<string, string | undefined>>) => {
    const env = Object.fromEntries(
      Object.entries({ ...(await environmentOf(service)), ...wrong }).filter((entry) => entry[1] !== undefined),
    );
    const child = spawn(process.execPath, [join(repositoryRoot, `services/${service}/dist/main.js`)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        const late = setTimeout(() => reject(new TypeError(`${service} went on:\n${stdout}${stderr}`)), 60_000);
        child.once('close', (exit) => {
          clearTimeout(late);
          resolve(exit);
        });
      });
      return { code, stdout, stderr };
    } finally {
      child.kill('SIGKILL');
    }
  };

  it.each(services)('%s without Postgres', async (service) => {
    const { code, stderr } = await run(service, { DATABASE_URL: 'postgres://nobody:secret-password@127.0.0.1:1/nothing' });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/did not start: Postgres does not answer/);
    expect(stderr).not.toContain('secret-password');
  });

  it.each(services)('%s with nothing configured: every missing variable in one message', async (service) => {
    const { code, stderr } = await run(
      service,
      Object.fromEntries(
        Object.keys(await environmentOf(service))
          .filter((name) => name !== 'PATH')
          .map((name) => [name, undefined]),
      ),
    );
    expect(code).toBe(78);
    for (const name of ['DATABASE_URL', 'NATS_URL', 'LATCHKEY_NKEY_SEED', 'LATCHKEY_MESSAGE_KEY', 'LATCHKEY_TRUSTED_KEYS'])
      expect(stderr).toContain(name);
    if (service === 'key-vault') expect(stderr).toContain('ENCRYPTION_KEY');
  });

  it.each([
    ['missing', undefined],
    ['short', 'abc'],
    ['no hex', 'g'.repeat(64)],
    ['all zero', '0'.repeat(64)],
    ['one byte repeated', 'ab'.repeat(32)],
  ])('the vault with an ENCRYPTION_KEY that is %s', async (_name, key) => {
    const { code, stderr } = await run('key-vault', { ENCRYPTION_KEY_FILE: undefined, ENCRYPTION_KEY: key });
    expect(code).toBe(78);
    expect(stderr).toContain('ENCRYPTION_KEY');
    if (key && key.length > 3) expect(stderr).not.toContain(key);
  });

  it('the vault with another ENCRYPTION_KEY than the stored secrets need: nobody is told to enter theirs again', async () => {
    const { code, stderr } = await run('key-vault', {
      ENCRYPTION_KEY_FILE: undefined,
      ENCRYPTION_KEY: '0123456789abcdef'.repeat(4),
    });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/ENCRYPTION_KEY/);
    expect(stderr).not.toMatch(/re-?enter/i);
  });

  it.each(services)('%s on a Postgres that would lose commits', async (service) => {
    const role = service.replaceAll('-', '_');
    const admin = new Client({ connectionString: stack.description().postgres.admin });
    await admin.connect();
    try {
      await admin.query(`alter role ${role} in database ${role} set synchronous_commit = off`);
      const { code, stderr } = await run(service, {});
      expect(code).toBe(1);
      expect(stderr).toContain('synchronous_commit');
    } finally {
      await admin.query(`alter role ${role} in database ${role} reset synchronous_commit`);
      await admin.end();
    }
  });

  it('the gateway on a stream with other settings', async () => {
    const { nats } = stack.description();
    stack.signal('provisioner', 'SIGSTOP'); // or it would correct them at once
    const provisioner = await connect({
      servers: nats.url,
      authenticator: nkeyAuthenticator(readFileSync(nats.users['provisioner']?.seedFile as string)),
      inboxPrefix: '_INBOX_provisioner',
    });
    const api = async (verb: string, body: unknown) =>
      JSON.parse((await provisioner.request(`$JS.API.STREAM.${verb}.EVENTS_GATEWAY`, JSON.stringify(body))).string()) as {
        config: Record<string, unknown>;
        error?: unknown;
      };
    const { config } = await api('INFO', {});
    try {
      expect(
        (await api('UPDATE', { ...config, max_age: 60_000_000_000, duplicate_window: 1_000_000_000 })).error,
      ).toBeUndefined();
      const { code, stdout, stderr } = await run('gateway', {});
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain('max_age');
    } finally {
      await api('UPDATE', config);
      await provisioner.close();
      stack.signal('provisioner', 'SIGCONT');
    }
  });

  it('the gateway on a port in use', async () => {
    const port = await freePort();
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(port, '127.0.0.1', resolve));
    try {
      const { code, stderr } = await run('gateway', { PORT: String(port) });
      expect(code).not.toBe(0);
      expect(stderr).toContain(String(port));
    } finally {
      await new Promise((resolve) => occupant.close(resolve));
    }
  });
});
