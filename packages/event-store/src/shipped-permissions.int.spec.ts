import { randomUUID } from 'node:crypto';
import type { NatsIdentity } from '@latchkey/contracts';
import { eventually, nats, type SpecNats } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsumer, type Consumer } from './consumer/consumer.js';
import { createRelay, type Relay } from './relay/relay.js';
import { makeDurable, makeStream, specBroker, upTo, type SpecBroker } from './testing/broker-fixture.js';
import { appendSome, logDatabase, quiet, type LogDatabase } from './testing/fixture.js';
import { gatewayKey, pageOf } from './testing/signing-fixture.js';

let server: SpecNats;
let source: LogDatabase;
let own: LogDatabase;
let brokers: SpecBroker[];
let relay: Relay;
let consumer: Consumer;
const seen: number[] = [];
const ids: string[] = [];
const errors: string[] = [];
const log = { ...quiet, error: (_facts: object, message: string) => void errors.push(message) };

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
    const common = { ...gatewayKey, log, holder: randomUUID(), tickMs: 100 };
    relay = createRelay({ ...common, pool: source.pool, service: 'gateway', broker: await as('gateway'), pollMs: 10 });
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
      handleBatch: (_tx, events) => {
        seen.push(...events.map(({ envelope }) => envelope.logseq));
        ids.push(...events.map(({ envelope }) => envelope.id));
        return Promise.resolve();
      },
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

  it("whoever holds the gateway's nkey, and not its message key, makes up nothing that is handled or imported", async () => {
    const thief = await as('gateway');
    const before = seen.length;
    const [newest] = await source.admin<{ n: number; subject: string }>(
      'select logseq::int as n, subject from events order by logseq desc limit 1',
    );
    const { n, subject } = newest!;
    const page = pageOf(await relay.replay({ epoch: 1, from: n, to: n }));
    const forged = { ...page.events[0], id: randomUUID(), logseq: n + 1, prev: n };
    const { seq } = (await thief.raw.request(subject, JSON.stringify(forged), { timeout: 5_000 })).json<{ seq: number }>();
    expect(seq).toBe(n + 1); // the broker takes it: it is the gateway, as far as it knows
    await eventually(() => errors.some((line) => line.includes('none of ours')));
    await appendSome(source.pool, 1);
    await eventually(() => expect(seen.slice(before)).toEqual([n + 1]));
    expect(ids).not.toContain(forged.id);
    expect(await source.admin('select 1 from events where id = $1', [forged.id])).toEqual([]);
    const [real] = await source.admin<{ id: string }>('select id from events where logseq = $1', [n + 1]);
    expect(ids.at(-1)).toBe(real?.id);
  });
});
