import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf, runService, type ServiceName, type Wrong } from './support/run-service.js';
import { freePort, startStack, type Stack } from './support/stack.js';

const services = ['gateway', 'key-vault', 'trade-executor', 'audit'] as const;

describe('a service that cannot do its job says why, once, and ends', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack?.dispose());

  const run = (service: ServiceName, wrong: Wrong) => runService(stack, service, wrong);

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
        Object.keys(await environmentOf(stack, service))
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
      ENCRYPTION_KEY: randomBytes(32).toString('hex'), // a good one, so that the stored secrets are what it does not fit
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/stored secrets need the master key with id .*ENCRYPTION_KEY/);
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
