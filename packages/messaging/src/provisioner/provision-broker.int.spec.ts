import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { eventually, nats, type SpecNats } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkBroker } from '../start-up/check-broker.js';
import { recordingLog, specBrokers } from '../testing/spec-brokers.js';
import { provisionBroker } from './provision-broker.js';

let server: SpecNats;
let brokers: ReturnType<typeof specBrokers>;
const log = recordingLog();

beforeAll(async () => {
  server = await nats();
  brokers = specBrokers(server, log);
});
afterAll(async () => {
  await brokers.close();
  await server.remove();
});

describe('the provisioner', () => {
  it('makes every stream and durable with its own permissions, and changes nothing the second time', async () => {
    const broker = await brokers.of('provisioner');
    const first = await provisionBroker({ broker, log, watch: false, monitorUrl: server.monitorUrl });
    expect(first.report.created).toEqual([
      'EVENTS_GATEWAY',
      'EVENTS_KEY_VAULT',
      'EVENTS_TRADE_EXECUTOR',
      'trade-executor-signals',
      'key-vault-halts',
      'audit-gateway',
      'audit-key-vault',
      'audit-trade-executor',
    ]);
    const second = await provisionBroker({ broker, log, watch: false });
    expect(second.report).toEqual({ created: [], corrected: [], different: [] });
  });

  it('lets each service find its part as it must be', async () => {
    for (const service of ['gateway', 'key-vault', 'trade-executor', 'audit'] as const) {
      await checkBroker({ broker: await brokers.of(service), service, log });
    }
  });
});

describe('after the store was wiped', () => {
  it('makes everything again within seconds, and the relay can publish', async () => {
    const watching = await provisionBroker({ broker: await brokers.of('provisioner'), log, watch: true });
    const relay = await brokers.of('gateway');
    await relay.connected();
    await server.kill();
    await server.wipeStore();
    await server.start();
    await eventually(async () => {
      const jsm = await jetstreamManager(await relay.connected(), { checkAPI: false });
      expect((await jsm.streams.info('EVENTS_GATEWAY')).config.allow_atomic).toBe(true);
    });
    await checkBroker({ broker: await brokers.of('audit'), service: 'audit', log });
    const ack = await jetstream(await relay.connected()).publish('evt.gateway.signal.received.p01', '{}');
    expect(ack.seq).toBe(1);
    await watching.stop();
  });
});
