import { eventually, nats, natsIdentity, type SpecNats } from '@latchkey/testkit';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager, RetentionPolicy, StorageType, type JetStreamManager } from '@nats-io/jetstream';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../broker/broker.js';
import { consumerConfig } from '../provisioner/consumer-config.js';
import { provisionBroker } from '../provisioner/provision-broker.js';
import { streamConfig } from '../provisioner/stream-config.js';
import { recordingLog, specBrokers } from '../testing/spec-brokers.js';
import { checkBroker } from './check-broker.js';
import { checkServerVersion } from './server-version.js';

let open: SpecNats;
let admin: NatsConnection;
let jsm: JetStreamManager;
let brokers: ReturnType<typeof specBrokers>;
let broker: Broker;
const log = recordingLog();
const signals = {
  definition: {
    durable: 'trade-executor-signals',
    service: 'trade-executor',
    source: 'gateway',
    filter: 'evt.gateway.signal.received.>',
  } as const,
};

beforeAll(async () => {
  open = await nats({ open: true, own: true });
  admin = await connect({ servers: open.url });
  jsm = await jetstreamManager(admin);
  // A bare server asks for no key; any will do.
  brokers = specBrokers(
    { ...open, identities: { gateway: natsIdentity(), provisioner: natsIdentity(), 'trade-executor': natsIdentity() } },
    log,
  );
  broker = await brokers.of('gateway');
});
afterAll(async () => {
  await brokers.close();
  await admin.close();
  await open.remove();
});
afterEach(async () => {
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
});

// The server takes a deleted stream's folder away in its own time, and cannot make one of the same name until then.
const stream = (over: object = {}) => eventually(() => jsm.streams.add({ ...streamConfig('gateway', { replicas: 1 }), ...over }));

describe('a service’s check of its broker', () => {
  it('waits for what is missing', async () => {
    const checked = checkBroker({ broker, service: 'gateway', log });
    await eventually(() =>
      expect(log.lines.some(({ message }) => message.startsWith('not there yet: EVENTS_GATEWAY'))).toBe(true),
    );
    await stream();
    await checked;
  });

  it('ends when it is told to', async () => {
    const ending = new AbortController();
    const checked = checkBroker({ broker, service: 'key-vault', log, signal: ending.signal });
    await eventually(() =>
      expect(log.lines.some(({ message }) => message.startsWith('not there yet: EVENTS_KEY_VAULT'))).toBe(true),
    );
    ending.abort();
    await checked;
  });

  it.each([
    ['its stream in memory', { storage: StorageType.Memory }, 'storage', '"memory", must be "file"'],
    ['a stream without atomic batches', { allow_atomic: false }, 'allow_atomic', 'must be true'],
    ['a stream that may be purged', { deny_purge: false }, 'deny_purge', 'must be true'],
    ['a work queue in its place', { retention: RetentionPolicy.Workqueue }, 'retention', 'must be "limits"'],
    ['a stream that also takes others’ events', { subjects: ['evt.gateway.>', 'evt.audit.>'] }, 'subjects', 'must be'],
  ])('refuses %s, naming what is expected and found', async (_what, over, setting, said) => {
    await stream(over);
    const error: unknown = await checkBroker({ broker, service: 'gateway', log }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'broker.settings_differ',
      message: expect.stringContaining(`EVENTS_GATEWAY: ${setting} is`) as unknown,
    });
    expect((error as Error).message).toContain(said);
  });

  it('refuses a durable that gives up on events', async () => {
    await stream();
    await jsm.consumers.add('EVENTS_GATEWAY', { ...consumerConfig(signals.definition), max_deliver: 3 });
    await expect(checkBroker({ broker, service: 'trade-executor', log })).rejects.toMatchObject({
      code: 'broker.settings_differ',
      message: expect.stringContaining('max_deliver is 3, must be -1') as unknown,
    });
  });

  it.each(['2.14.0', '2.15.1', '3.0.0'])('takes server %s', (version) => {
    expect(() => checkServerVersion({ info: { version } as never })).not.toThrow();
  });

  it.each(['2.13.9', '1.99.0', 'unknown'])('refuses server %s', (version) => {
    expect(() => checkServerVersion({ info: { version } as never })).toThrow(
      expect.objectContaining({ code: 'broker.server_too_old' }),
    );
  });
});

describe('the provisioner', () => {
  it('corrects what can be corrected', async () => {
    await stream({ max_bytes: 1_000_000, allow_atomic: false });
    const { report } = await provisionBroker({ broker, log, watch: false });
    expect(report.corrected).toEqual(['EVENTS_GATEWAY']);
    expect((await jsm.streams.info('EVENTS_GATEWAY')).config).toMatchObject({ max_bytes: 8_589_934_592, allow_atomic: true });
  });

  it('reports what only a human may change, and still makes the rest', async () => {
    await stream({ storage: StorageType.Memory });
    await expect(provisionBroker({ broker, log, watch: false })).rejects.toMatchObject({
      code: 'broker.settings_differ',
      message: expect.stringContaining('EVENTS_GATEWAY: storage is "memory"') as unknown,
    });
    expect((await jsm.streams.info('EVENTS_KEY_VAULT')).config.storage).toBe('file');
  });

  it('says what the server refuses for good, instead of trying on', async () => {
    await expect(provisionBroker({ broker, log, watch: false, replicas: 3 })).rejects.toMatchObject({
      code: 'broker.provision_refused',
    });
  });

  it('finds a server that does not sync every message', async () => {
    const lazy = await nats({ open: true, own: true, config: 'jetstream { sync_interval: "2m" }' });
    const own = specBrokers({ ...lazy, identities: { provisioner: natsIdentity() } }, log);
    await expect(
      provisionBroker({ broker: await own.of('provisioner'), log, watch: false, monitorUrl: lazy.monitorUrl }),
    ).rejects.toMatchObject({ code: 'broker.settings_differ', details: { setting: 'sync_interval' } });
    await own.close();
    await lazy.remove();
  });
});

describe('stale permissions', () => {
  it('are named with the subject that is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-stale-'));
    await cp(new URL('../../../../infra/nats', import.meta.url), folder, { recursive: true });
    const file = join(folder, 'permissions.conf');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('        "$JS.API.STREAM.INFO.EVENTS_GATEWAY"\n', ''));
    const stale = await nats({ infraDir: folder });
    const own = specBrokers(stale, log);
    const subject = '$JS.API.STREAM.INFO.EVENTS_GATEWAY';
    await expect(checkBroker({ broker: await own.of('gateway'), service: 'gateway', log })).rejects.toMatchObject({
      code: 'broker.forbidden',
      details: { subject },
    });
    await expect(provisionBroker({ broker: await own.of('provisioner'), log, watch: false })).rejects.toMatchObject({
      code: 'broker.forbidden',
      details: { subject },
    });
    await own.close();
    await stale.remove();
    await rm(folder, { recursive: true });
  });
});
