import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer, startNats } from '@latchkey/embedded-servers';
import { stackHome } from '@latchkey/local-stack';
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { spread, type Spread } from '../harness/result.js';

const payload = new Uint8Array(900).fill(120);

/** A stored message from its publisher to a waiting pull consumer: the store is synced before the server says so, as ours is. */
const storedDelivery = async (connection: NatsConnection, times: number): Promise<Spread> => {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'FLOOR', subjects: ['floor.>'] });
  await manager.consumers.add('FLOOR', { durable_name: 'floor', ack_policy: AckPolicy.Explicit });
  const js = jetstream(connection);
  const consumer = await js.consumers.get('FLOOR', 'floor');
  const messages = await consumer.consume();
  const took: number[] = [];
  let start = 0;
  let arrived: () => void = () => undefined;
  const reading = (async () => {
    for await (const message of messages) {
      took.push(performance.now() - start);
      message.ack();
      arrived();
    }
  })();
  for (let i = 0; i < times; i += 1) {
    const delivered = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    start = performance.now();
    const stored = js.publish('floor.one', payload);
    await Promise.all([stored, delivered]);
  }
  await messages.close();
  await reading;
  return spread(took.slice(20));
};

/** One request and its answer, by two connections. */
const roundTrip = async (connection: NatsConnection, responder: NatsConnection, times: number): Promise<Spread> => {
  responder.subscribe('floor-echo', { callback: (_error, message) => void message.respond(message.data) });
  await responder.flush();
  const took: number[] = [];
  for (let i = 0; i < times + 20; i += 1) {
    const start = performance.now();
    await connection.request('floor-echo', payload);
    if (i >= 20) took.push(performance.now() - start);
  }
  return spread(took);
};

/** Floors of the broker, on a bare server of its own: no accounts, no permissions, the same rule for syncing. */
export const brokerFloors = async (times = 300): Promise<{ readonly stored: Spread; readonly request: Spread }> => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-nats-'));
  const configFile = join(folder, 'nats.conf');
  writeFileSync(configFile, 'jetstream { sync_interval: always }\n');
  const { path: bin } = await findNatsServer({ cacheDir: stackHome().cache });
  const server = await startNats({ bin, configFile, storeDir: join(folder, 'store'), log: () => undefined });
  try {
    const connections = await Promise.all([connect({ servers: server.url }), connect({ servers: server.url })]);
    const floors = {
      stored: await storedDelivery(connections[0], times),
      request: await roundTrip(connections[0], connections[1], times),
    };
    await Promise.all(connections.map((connection) => connection.close()));
    return floors;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
