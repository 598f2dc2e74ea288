import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callerNames, natsIdentities, serviceNames } from '@latchkey/contracts';
import { natsPublicKey, nkeyVariable } from '@latchkey/embedded-servers';
import { readStackFile } from '@latchkey/local-stack';
import { createTrustedKeys, loadMessageKey } from '@latchkey/sealing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecrets } from './create-secrets.js';
import type { Addresses } from './describe-containers.js';

const addresses: Addresses = {
  postgres: 'postgres:5432',
  nats: 'nats:4222',
  gatewayUrl: 'http://gateway:8080',
  simulator: { binance: 'http://127.0.0.1:8181', bybit: 'http://127.0.0.1:8182', control: 'http://127.0.0.1:8183' },
  cliFolder: '/run/secrets',
};

let into: string;
beforeEach(async () => {
  into = await mkdtemp(join(tmpdir(), 'latchkey-secrets-'));
});
afterEach(() => rm(into, { recursive: true }));

const text = (...path: readonly string[]) => readFile(join(into, ...path), 'utf8');
const all = async (): Promise<Readonly<Record<string, string>>> => {
  const files = (await readdir(into, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(into.length + 1), await readFile(path, 'utf8')])),
  );
};

describe('createSecrets', () => {
  it('gives the encryption key, and each private key and password, to nobody but the one who needs it', async () => {
    await createSecrets({ into, addresses });
    const files = await all();
    const holders = (secret: string) =>
      Object.keys(files)
        .filter((path) => files[path]?.includes(secret))
        .map((path) => path.split('/')[0]);

    expect(holders(await text('key-vault', 'encryption-key'))).toEqual(['key-vault']);
    for (const name of serviceNames) {
      const { d } = JSON.parse(await text(name, 'message-key.json')) as { d: string };
      expect(holders(d)).toEqual([name]);
      expect(holders(await text(name, 'nkey-seed'))).toEqual([name]);
      const mayUse = ['trade-executor', 'audit'].includes(name) ? ['cli', 'migrate', name] : ['migrate', name];
      expect(new Set(holders(await text('migrate', `${name}-password`)))).toEqual(new Set(mayUse));
    }
    const secretsOfOperator = await Promise.all(
      ['token-issuer.jwk.json', 'message-key.json'].map(async (file) => (JSON.parse(await text('cli', file)) as { d: string }).d),
    );
    for (const secret of [...secretsOfOperator, await text('cli', 'nkey-seed')]) expect(holders(secret)).toEqual(['cli']);
    expect(new Set(holders(await text('postgres', 'superuser-password')))).toEqual(new Set(['migrate', 'postgres']));
    expect(
      Object.entries(files)
        .filter(([, content]) => /PRIVATE KEY/.test(content))
        .map(([path]) => path),
    ).toEqual(['nats/tls.pem']);
  });

  it('makes keys that fit each other', async () => {
    expect(await createSecrets({ into, addresses })).toEqual({ first: true });
    expect(await text('key-vault', 'encryption-key')).toMatch(/^[0-9a-f]{64}$/);
    const nats = await text('nats', 'nats.env');
    for (const name of serviceNames) {
      expect(nats).toContain(`${nkeyVariable(name)}=${natsPublicKey(await text(name, 'nkey-seed'))}\n`);
      const { kid } = await loadMessageKey(name, JSON.parse(await text(name, 'message-key.json')));
      const trusted = JSON.parse(await text(name, 'trusted-keys.json')) as Record<string, readonly { kid: string }[]>;
      expect(trusted[name]?.map((jwk) => jwk.kid)).toEqual([kid]);
      expect(() => createTrustedKeys(trusted as never)).not.toThrow();
    }
    expect(nats.trim().split('\n')).toHaveLength(natsIdentities.length);
    const pem = await text('nats', 'tls.pem');
    const authority = new X509Certificate(await text('gateway', 'nats-ca.pem'));
    expect(new X509Certificate(pem).checkHost('nats')).toBe('nats');
    expect(new X509Certificate(pem).verify(authority.publicKey)).toBe(true);
    const { keys } = JSON.parse(await text('gateway', 'jwks.json')) as { keys: readonly { d?: string; x: string }[] };
    expect(keys).toEqual([expect.not.objectContaining({ d: expect.anything() as unknown })]);
    expect(await text('gateway', 'database-url')).toMatch(/^postgres:\/\/gateway:[\w-]{32}@postgres:5432\/gateway$/);
  });

  it('has every receiver know the operator, and the operator every receiver', async () => {
    await createSecrets({ into, addresses });
    const { kid } = await loadMessageKey('operator', JSON.parse(await text('cli', 'message-key.json')));
    for (const name of [...serviceNames, 'cli']) {
      const trusted = JSON.parse(await text(name, 'trusted-keys.json')) as Record<string, readonly { kid: string }[]>;
      expect(Object.keys(trusted)).toEqual([...callerNames]);
      expect(trusted['operator']?.map((jwk) => jwk.kid)).toEqual([kid]);
    }
    expect(await text('nats', 'nats.env')).toContain(
      `${nkeyVariable('operator')}=${natsPublicKey(await text('cli', 'nkey-seed'))}\n`,
    );
  });

  it('changes nothing when it runs again, and mends what follows from the rest', async () => {
    await createSecrets({ into, addresses });
    const before = await all();
    await rm(join(into, 'audit', 'trusted-keys.json'));
    await rm(join(into, 'nats', 'nats.env'));
    expect(await createSecrets({ into, addresses })).toEqual({ first: false });
    expect(await all()).toEqual(before);
  });

  it('describes the containers to the CLI, without a superuser', async () => {
    await createSecrets({ into, addresses });
    const stack = readStackFile(join(into, 'cli', 'stack.json'));
    expect(stack).toMatchObject({ venues: 'simulator', gateway: { url: 'http://gateway:8080' }, postgres: { admin: '' } });
    expect(new URL(stack.postgres.auditor['key-vault']).username).toBe('auditor');
    expect(new URL(stack.postgres.databases['key-vault']).username).toBe('auditor');
    await createSecrets({ into, addresses: { ...addresses, simulator: null } });
    expect(readStackFile(join(into, 'cli', 'stack.json'))).toMatchObject({ venues: 'live', simulator: null });
  });

  it('lets only their owner read them, but for those of Postgres, which is another user', async () => {
    await createSecrets({ into, addresses });
    const mode = async (...path: readonly string[]) => ((await stat(join(into, ...path))).mode & 0o777).toString(8);
    expect(await mode('key-vault', 'encryption-key')).toBe('400');
    expect(await mode('nats', 'tls.pem')).toBe('400');
    expect(await mode('postgres', 'superuser-password')).toBe('444');
  });

  it('goes on after a run that was killed in the middle of a file', async () => {
    await createSecrets({ into, addresses });
    await rm(join(into, 'audit', 'nkey-seed'));
    await writeFile(join(into, 'audit', 'nkey-seed.next'), 'hal', { mode: 0o644 });
    await createSecrets({ into, addresses });
    expect(await text('audit', 'nkey-seed')).toMatch(/^SU[A-Z2-7]{56}$/);
    expect(((await stat(join(into, 'audit', 'nkey-seed'))).mode & 0o777).toString(8)).toBe('400');
  });

  it('says what to do when it cannot write', async () => {
    await writeFile(join(into, 'gateway'), 'a file where a folder should be');
    await expect(createSecrets({ into, addresses })).rejects.toMatchObject({
      code: 'cli.secrets_not_written',
      message: expect.stringContaining('mount a volume there') as string,
    });
  });
});
