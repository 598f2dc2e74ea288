import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { replayPage, type ServiceName } from '@latchkey/contracts';
import { connectNats, createRpcClient, provisionBroker, type Broker, type RpcClient } from '@latchkey/messaging';
import {
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  publicMessageJwk,
  sealSecret,
  type JWK,
} from '@latchkey/sealing';
import { runService } from '@latchkey/service-kit';
import { eventually, nats, ownPostgres, type OwnPostgres, type SpecDatabase, type SpecNats } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyVaultConfig } from './config.js';
import { startAnd } from './start.js';
import { askIn, openSession } from './testing/spec-session.js';
import { accountOf, apiKeyOf, apiSecretOf, contextOf, goodKey, openItem, quiet } from './testing/vault-fixture.js';

type Listening = { readonly healthPort: number };

// A service refuses a Postgres that would lose commits, and the one that specs share is such a one.
let postgres: OwnPostgres;
let db: SpecDatabase;
let server: SpecNats;
let messageKeys: Record<ServiceName, JWK>;
const brokers: Broker[] = [];
const stops: (() => Promise<unknown>)[] = [];

const account = accountOf('user-1');
const context = contextOf(account.userId);

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  DATABASE_URL: db.url,
  NATS_URL: server.url,
  LATCHKEY_NKEY_SEED: server.identities['key-vault'].seed,
  LATCHKEY_MESSAGE_KEY: JSON.stringify(messageKeys['key-vault']),
  LATCHKEY_TRUSTED_KEYS: JSON.stringify(
    Object.fromEntries(Object.entries(messageKeys).map(([name, jwk]) => [name, [publicMessageJwk(jwk)]])),
  ),
  LATCHKEY_INSTANCE: randomUUID(),
  LOG_LEVEL: 'fatal',
  ENCRYPTION_KEY: '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210',
  ...more,
});

/** The whole service in this process, as `main.ts` starts it; answers what it said and how it ended. */
const run = (env: NodeJS.ProcessEnv) => {
  const complaints: string[] = [];
  const exits: number[] = [];
  const listening: Listening[] = [];
  const handlers = new Map<string, () => void>();
  const host = {
    env,
    on: (event: string, handler: (...values: never[]) => void) => handlers.set(event, handler),
    exit: (code: number) => void exits.push(code),
    complain: (message: string) => void complaints.push(message),
    send: undefined,
  };
  const start = startAnd((ports) => void listening.push(ports));
  const started = runService({ service: 'key-vault', configSchema: keyVaultConfig, start, host });
  const stop = async () => {
    handlers.get('SIGTERM')?.();
    await eventually(() => exits.length > 0, { timeoutMs: 30_000 });
  };
  return { started, complaints, exits, listening, stop };
};

const clientOf = async (identity: 'gateway' | 'trade-executor' | 'audit'): Promise<RpcClient> => {
  const broker = await connectNats({ identity, url: server.url, seed: server.identities[identity].seed, log: quiet });
  brokers.push(broker);
  await broker.connected();
  const messageKey = await loadMessageKey(identity, messageKeys[identity]);
  return createRpcClient({ broker, identity, messageKey, log: quiet });
};

const ready = (port: number): Promise<{ status: number | undefined; body: unknown }> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/health/ready' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    }).on('error', reject);
  });

beforeAll(async () => {
  [postgres, server] = await Promise.all([ownPostgres({ durability: 'full' }), nats()]);
  db = await postgres.database('key-vault');
  const names = ['gateway', 'key-vault', 'trade-executor', 'audit'] as const;
  const keys = await Promise.all(names.map(async (name) => [name, await generateMessageKeyJwk()] as const));
  messageKeys = Object.fromEntries(keys) as Record<ServiceName, JWK>;
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await Promise.all(brokers.map((broker) => broker.close()));
  await server.remove();
  await postgres.remove();
});

describe('the service', () => {
  let gateway: RpcClient;
  let executor: RpcClient;
  let healthPort: number;
  const published: string[] = [];

  beforeAll(async () => {
    const provisioner = await connectNats({
      identity: 'provisioner',
      url: server.url,
      seed: server.identities.provisioner.seed,
      log: quiet,
    });
    brokers.push(provisioner);
    await provisioner.connected();
    const provisioned = await provisionBroker({ broker: provisioner, log: quiet, watch: false });
    stops.push(() => provisioned.stop());
    const observer = await connectNats({
      identity: 'observer',
      url: server.url,
      seed: server.identities.observer.seed,
      log: quiet,
    });
    brokers.push(observer);
    (await observer.connected()).subscribe('evt.key-vault.>', {
      callback: (_error, { subject }) => void published.push(subject),
    });

    const vault = run(environment());
    await vault.started;
    expect(vault.complaints).toEqual([]);
    healthPort = vault.listening[0]!.healthPort;
    stops.push(vault.stop);
    [gateway, executor] = [await clientOf('gateway'), await clientOf('trade-executor')];
  });

  it('is ready', async () => {
    await eventually(async () => {
      const { status, body } = await ready(healthPort);
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
    const trusted = createTrustedKeys({ 'key-vault': [publicMessageJwk(messageKeys['key-vault'])] });
    const key = await loadMessageKey('trade-executor', messageKeys['trade-executor']);
    const session = await openSession(executor, { key, trusted });
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
    const replayed = await (await clientOf('audit')).call('cmd.key-vault.replay', { epoch: 1, from: 1, to: 200 });
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

  it.each([
    ['missing', undefined, 'ENCRYPTION_KEY is missing'],
    ['short', key.slice(1), 'must be exactly 64 hex digits, but has 63 characters'],
    ['not hex', `${key.slice(1)}z`, 'must be 64 hex digits (0-9, a-f)'],
    ['all zeros', '0'.repeat(64), 'must not be all zeros'],
  ])('ENCRYPTION_KEY %s: one clear message, exit 78', async (_what, value, message) => {
    const { started, complaints, exits, listening } = run(environment({ ENCRYPTION_KEY: value }));
    await started;
    expect(exits).toEqual([78]);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(message);
    expect(complaints[0]).toContain('openssl rand -hex 32');
    if (value !== undefined) expect(complaints[0]).not.toContain(value);
    expect(listening).toEqual([]);
  });

  it('another master key than the stored secrets need: it names both, exit 1', async () => {
    const other = 'f0e1d2c3b4a5968778695a4b3c2d1e0f0123456789abcdeffedcba9876543210';
    const { started, complaints, exits, listening } = run(environment({ ENCRYPTION_KEY: other }));
    await started;
    expect(exits).toEqual([1]);
    expect(complaints).toEqual([expect.stringMatching(/0ddfbca2b70cb0aa.*ENCRYPTION_KEY_PREVIOUS/)]);
    expect(listening).toEqual([]);
  });

  it('Postgres that is not there: it says so, exit 1', async () => {
    const { started, complaints, exits, listening } = run(
      environment({ DATABASE_URL: 'postgres://key_vault:x@127.0.0.1:1/none' }),
    );
    await started;
    expect(exits).toEqual([1]);
    expect(complaints).toEqual([expect.stringContaining('Postgres does not answer at DATABASE_URL')]);
    expect(listening).toEqual([]);
  });

  it('NATS that is away is none: it starts, says degraded, and stops well', async () => {
    const vault = run(environment({ NATS_URL: 'nats://127.0.0.1:1' }));
    await vault.started;
    const { status, body } = await ready(vault.listening[0]!.healthPort);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: 'degraded', parts: { postgres: 'ok', nats: 'away' } },
    });
    await vault.stop();
    expect(vault.exits).toEqual([0]);
  });
});
