import { randomUUID } from 'node:crypto';
import type { NatsIdentity } from '@latchkey/contracts';
import { eventually, nats, type SpecNats } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsumer, type Consumer } from './consumer/consumer.js';
import { createRelay, type Relay } from './relay/relay.js';
import { makeDurable, makeStream, specBroker, upTo, type SpecBroker } from './testing/broker-fixture.js';
import { appendSome, logDatabase, quiet, type LogDatabase } from './testing/fixture.js';

let server: SpecNats;
let source: LogDatabase;
let own: LogDatabase;
let brokers: SpecBroker[];
let relay: Relay;
let consumer: Consumer;

const as = async (identity: NatsIdentity) => {
  const broker = await specBroker(server.url, { identity, seed: server.identities[identity]?.seed ?? '' });
  brokers.push(broker);
  return broker;
};

beforeAll(async () => {
  server = await nats(); // the configuration of infra/nats, each identity in an account of its own
  brokers = [];
  [source, own] = await Promise.all([logDatabase('gateway'), logDatabase('audit')]);
});
afterAll(async () => {
  await consumer.stop();
  await relay.stop();
  await Promise.all(brokers.map((broker) => broker.close()));
  await Promise.all([source.remove(), own.remove()]);
  await server.remove();
});

describe('with the permissions that are shipped', () => {
  it('a service relays its events and another one reads them, gaps and heads included', async () => {
    const provisioner = await as('provisioner');
    await makeStream(provisioner.raw);
    await makeDurable(provisioner.raw, 'audit-gateway');
    const common = { log: quiet, holder: randomUUID(), tickMs: 100 };
    relay = createRelay({ ...common, pool: source.pool, service: 'gateway', broker: await as('gateway'), pollMs: 10 });
    const seen: number[] = [];
    let asked = 0;
    consumer = createConsumer({
      ...common,
      pool: own.pool,
      service: 'audit',
      durable: 'audit-gateway',
      broker: await as('audit'),
      requestReplay: (_source, request) => {
        asked += 1;
        return relay.replay(request);
      },
      handleBatch: (_tx, events) => Promise.resolve(void seen.push(...events.map(({ envelope }) => envelope.logseq))),
    });
    await appendSome(source.pool, 300); // more than one atomic batch
    relay.start();
    consumer.start();
    await eventually(() => expect(seen).toEqual(upTo(300)));
    await appendSome(source.pool, 1); // a batch of one
    await eventually(() => expect(seen).toEqual(upTo(301)));
    await consumer.stop();
    const before = asked;
    await own.admin('update consumer_positions set logseq = 300');
    consumer.start();
    await eventually(() => expect(seen).toEqual([...upTo(301), 301])); // told by the announced head
    expect(asked).toBeGreaterThan(before);
  });
});
