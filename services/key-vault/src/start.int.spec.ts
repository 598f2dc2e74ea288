import { replayPage } from '@latchkey/contracts';
import type { RpcClient } from '@latchkey/messaging';
import { sealSecret } from '@latchkey/sealing';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readiness, serviceFixture, type ServiceFixture } from './testing/service-fixture.js';
import { askIn, openSession } from './testing/spec-session.js';
import { accountOf, apiKeyOf, apiSecretOf, contextOf, goodKey, openItem } from './testing/vault-fixture.js';

const account = accountOf('user-1');
const context = contextOf(account.userId);

let fixture: ServiceFixture;
const stops: (() => Promise<unknown>)[] = [];
const environment = (more?: NodeJS.ProcessEnv) => fixture.environment(more);

beforeAll(async () => {
  fixture = await serviceFixture();
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await fixture.close();
});

describe('the service', () => {
  let gateway: RpcClient;
  let executor: RpcClient;
  let healthPort: number;
  const published: string[] = [];

  beforeAll(async () => {
    await fixture.provision();
    await fixture.observe('evt.key-vault.>', (subject) => published.push(subject));

    const vault = fixture.run(environment());
    await vault.started;
    expect(vault.complaints).toEqual([]);
    healthPort = vault.listening[0]!.healthPort;
    stops.push(vault.stop);
    [gateway, executor] = [await fixture.clientOf('gateway'), await fixture.clientOf('trade-executor')];
  });

  it('is ready', async () => {
    await eventually(async () => {
      const { status, body } = await readiness(healthPort);
      expect({ status, body }).toEqual({
        status: 200,
        body: { status: 'ok', parts: { postgres: 'ok', nats: 'ok', events: 'ok', halts: 'ok' } },
      });
    });
    expect(await gateway.call('qry.key-vault.health', {})).toMatchObject({ status: 'ok' });
  });

  it('saves, verifies, signs and deletes for the services that may ask for it', async () => {
    const { jwk } = await gateway.call('qry.key-vault.sealing-key', {});
    const { userId, exchange, environment: env } = account;
    const header = { sub: userId, exchange, environment: env, apiKey: apiKeyOf('N') };
    const sealedSecret = await sealSecret({ recipient: jwk, header, secret: Buffer.from(apiSecretOf('N')) });
    const saved = await gateway.call('cmd.key-vault.save-credential', { ...account, sealedSecret, context });

    const { verificationId } = await gateway.call('cmd.key-vault.begin-verification', { ...account, context });
    const payload = `timestamp=${Date.now()}&recvWindow=5000`;
    const question = { ...account, marketType: 'spot', purpose: 'verify', payload, verificationId } as const;
    const session = await openSession(executor, await fixture.keysOf('trade-executor'));
    expect(await askIn(executor, session, [question])).toMatchObject([{ ok: true, apiKey: apiKeyOf('N') }]);
    const verdict = await executor.call('cmd.key-vault.complete-verification', { verificationId, result: goodKey, context });
    expect(verdict).toMatchObject({ verified: true });

    const order = openItem({ clock: { now: () => Date.now(), advance: () => undefined, set: () => undefined } }, account);
    expect(await askIn(executor, session, [order])).toMatchObject([{ ok: true, credentialId: saved.credentialId }]);
    const { credentials } = await gateway.call('qry.key-vault.credentials', { userId });
    expect(credentials).toMatchObject([{ maskedKey: saved.maskedKey, verified: true }]);
    await gateway.call('cmd.key-vault.delete-credential', { ...account, context });
    expect(await askIn(executor, session, [order])).toMatchObject([{ ok: false, code: 'vault.credential_deleted' }]);
  });

  it('publishes what it recorded, and answers a consumer with a gap', async () => {
    await eventually(() => expect(published).toContain('evt.key-vault.credential.deleted'));
    const replayed = await (await fixture.clientOf('audit')).call('cmd.key-vault.replay', { epoch: 1, from: 1, to: 200 });
    const types = replayPage.parse(JSON.parse(replayed.text)).events.map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining([
        'SealingKeyCreated',
        'CredentialSaved',
        'CredentialVerified',
        'SignaturesDecided',
        'CredentialDeleted',
      ]),
    );
  });

  it('answers a refusal with its code and its remedy', async () => {
    const nobody = accountOf('nobody');
    await expect(gateway.call('cmd.key-vault.delete-credential', { ...nobody, context })).rejects.toMatchObject({
      code: 'vault.credential_not_found',
      message: expect.stringContaining('save one first'),
    });
  });

  it('opens sessions for the executor only', async () => {
    await expect(gateway.call('cmd.key-vault.open-session', { offer: 'x' })).rejects.toMatchObject({ code: 'rpc.forbidden' });
  });
});

describe('a start that cannot work', () => {
  const key = '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210';
  const other = 'f0e1d2c3b4a5968778695a4b3c2d1e0f0123456789abcdeffedcba9876543210';
  const third = '1f2e3d4c5b6a798801234567890abcdef0123456789abcdeffedcba987654321';
  const withKeyring = (path: string) => environment({ ENCRYPTION_KEY: undefined, ENCRYPTION_KEYRING_FILE: path });

  it.each([
    ['missing', undefined, 'ENCRYPTION_KEY is missing'],
    ['short', key.slice(1), 'must be exactly 64 hex digits, but has 63 characters'],
    ['not hex', `${key.slice(1)}z`, 'must be 64 hex digits (0-9, a-f)'],
    ['all zeros', '0'.repeat(64), 'must not be all zeros'],
  ])('ENCRYPTION_KEY %s: one clear message, exit 78', async (_what, value, message) => {
    const { started, complaints, exits, listening } = fixture.run(environment({ ENCRYPTION_KEY: value }));
    await started;
    expect(exits).toEqual([78]);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(message);
    expect(complaints[0]).toContain('openssl rand -hex 32');
    if (value !== undefined) expect(complaints[0]).not.toContain(value);
    expect(listening).toEqual([]);
  });

  it('another master key than the stored secrets need: it names both, exit 1', async () => {
    const { started, complaints, exits, listening } = fixture.run(environment({ ENCRYPTION_KEY: other }));
    await started;
    expect(exits).toEqual([1]);
    expect(complaints).toEqual([expect.stringMatching(/0ddfbca2b70cb0aa.*ENCRYPTION_KEY_PREVIOUS/)]);
    expect(listening).toEqual([]);
  });

  it('ENCRYPTION_KEY and a keyring file: one of them has to go, exit 78', async () => {
    const { started, complaints, exits, listening } = fixture.run(
      environment({ ENCRYPTION_KEYRING_FILE: fixture.keyringFile(`current ${key}`) }),
    );
    await started;
    expect([exits, listening]).toEqual([[78], []]);
    expect(complaints[0]).toContain('stands beside ENCRYPTION_KEY');
  });

  it.each([
    ['that others may read', 0o640, `current ${key}`, 'can be read by others than its owner (mode 0640)'],
    ['without a key that writes', 0o600, `reading ${key}`, 'no line begins with "current"'],
    ['with half a key', 0o600, `current ${key.slice(1)}`, 'must be exactly 64 hex digits, but has 63 characters'],
  ])('a keyring file %s: one clear message without a key, exit 78', async (_what, mode, text, message) => {
    const { started, complaints, exits, listening } = fixture.run(withKeyring(fixture.keyringFile(text, mode)));
    await started;
    expect([exits, listening]).toEqual([[78], []]);
    expect(complaints).toEqual([expect.stringContaining(message)]);
    expect(complaints[0]).not.toContain(key.slice(1, 20));
  });

  it('a keyring file that is not there: exit 78', async () => {
    const { started, complaints, exits } = fixture.run(withKeyring('/nowhere/keyring'));
    await started;
    expect(exits).toEqual([78]);
    expect(complaints).toEqual([
      expect.stringContaining('ENCRYPTION_KEYRING_FILE is "/nowhere/keyring": cannot be read (ENOENT)'),
    ]);
  });

  it('a keyring file with other keys than the stored secrets need: exit 1, and nobody is told to enter a key again', async () => {
    const { started, complaints, exits, listening } = fixture.run(
      withKeyring(fixture.keyringFile(`current ${other}\nreading ${third}`)),
    );
    await started;
    expect([exits, listening]).toEqual([[1], []]);
    expect(complaints).toEqual([expect.stringMatching(/need the master key with id 0ddfbca2b70cb0aa.*nobody has to enter/)]);
  });

  it('Postgres that is not there: it says so, exit 1', async () => {
    const { started, complaints, exits, listening } = fixture.run(
      environment({ DATABASE_URL: 'postgres://key_vault:x@127.0.0.1:1/none' }),
    );
    await started;
    expect(exits).toEqual([1]);
    expect(complaints).toEqual([expect.stringContaining('Postgres does not answer at DATABASE_URL')]);
    expect(listening).toEqual([]);
  });

  it('NATS that is away is none: it starts, says degraded, and stops well', async () => {
    const vault = fixture.run(environment({ NATS_URL: 'nats://127.0.0.1:1' }));
    await vault.started;
    const { status, body } = await readiness(vault.listening[0]!.healthPort);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: 'degraded', parts: { postgres: 'ok', nats: 'away' } },
    });
    await vault.stop();
    expect(vault.exits).toEqual([0]);
  });
});
