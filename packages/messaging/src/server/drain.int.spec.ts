import { eventually, nats, type SpecNats } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../broker/broker.js';
import { connectNats } from '../broker/connect-nats.js';
import { createRpcClient, type RpcClient } from '../rpc/rpc-client.js';
import { recordingLog, specBrokers, specKeys, type SpecKeys } from '../testing/spec-brokers.js';
import { LatchkeyServer } from './latchkey-server.js';

const subject = 'qry.key-vault.credentials';
const request = { userId: 'u-1' } as never;

let server: SpecNats;
let keys: SpecKeys;
let brokers: ReturnType<typeof specBrokers>;
let gateway: RpcClient;
const log = recordingLog();

type Gate = { readonly opened: Promise<void>; readonly open: () => void };
const gate = (): Gate => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};

const instance = async (handle: () => Promise<unknown>, maxConcurrent?: number, given?: Broker): Promise<LatchkeyServer> => {
  const broker = given ?? (await brokers.of('key-vault'));
  const made = new LatchkeyServer({
    broker,
    service: 'key-vault',
    trustedKeys: keys.trustedKeys,
    log,
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
  });
  made.addHandler(subject, handle as never);
  made.listen(() => undefined);
  await broker.connected();
  await broker.connection()?.flush();
  return made;
};

beforeAll(async () => {
  server = await nats();
  keys = await specKeys(['gateway', 'key-vault']);
  brokers = specBrokers(server, log);
  const broker = await brokers.of('gateway');
  await broker.connected();
  gateway = createRpcClient({
    broker,
    identity: 'gateway',
    messageKey: keys.keys['gateway']!,
    log,
  });
});
afterAll(async () => {
  await brokers.close();
  await server.remove();
});

describe('closing under load', () => {
  it('answers everything that had arrived, and hands the rest to the other instance', async () => {
    const held = gate();
    const ownBroker = await brokers.of('key-vault');
    let byFirst = 0;
    const handle = async () => {
      byFirst += 1;
      await held.opened;
      return { credentials: [] };
    };
    const first = await instance(handle, 64, ownBroker);
    const early = Array.from({ length: 100 }, () => gateway.call(subject, request));
    await eventually(() => expect(first.inFlight()).toBe(100));

    // As a service does it: the connection goes the moment the server has closed.
    const closing = first.close().then(() => ownBroker.close());
    let bySecond = 0;
    const second = await instance(async () => {
      bySecond += 1;
      return { credentials: [] };
    });
    // Sent all through the change of instances, one after another: none may find nobody.
    for (let i = 0; i < 50; i += 1) await gateway.call(subject, request);
    held.open();
    await closing;
    expect(await Promise.all(early)).toHaveLength(100);
    expect(byFirst).toBe(100);
    expect(bySecond).toBe(50);
    expect(first.inFlight()).toBe(0);
    await second.close();
  });

  it('shares the work of a stream of calls between instances without losing a reply', async () => {
    const done = [0, 0];
    const answer = (index: 0 | 1) => async () => {
      done[index]! += 1;
      return { credentials: [] };
    };
    const firstBroker = await brokers.of('key-vault');
    const [first, second] = await Promise.all([instance(answer(0), 64, firstBroker), instance(answer(1))]);
    // Callers that never pause, so that requests are on their way to the instance at the very moment it stops listening.
    const caller = async () => {
      for (let i = 0; i < 40; i += 1) await gateway.call(subject, request);
    };
    const calls = Array.from({ length: 50 }, caller);
    await eventually(() => expect(done[0]! + done[1]!).toBeGreaterThan(300), { everyMs: 1 });
    await first.close();
    await firstBroker.close();
    await Promise.all(calls);
    expect(done[0]! + done[1]!).toBe(2_000);
    expect(Math.min(...done)).toBeGreaterThan(0);
    await second.close();
  });

  it('refuses what it cannot hold instead of letting it wait for nothing', async () => {
    const held = gate();
    const only = await instance(async () => {
      await held.opened;
      return { credentials: [] };
    }, 1);
    const calls = Array.from({ length: 1_011 }, () =>
      gateway.call(subject, request, { deadlineMs: 20_000 }).then(
        () => 'answered',
        (error: { code: string }) => error.code,
      ),
    );
    await eventually(() =>
      expect(log.lines.filter(({ fields }) => (fields as { code?: string }).code === 'rpc.overloaded')).toHaveLength(10),
    );
    held.open();
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'rpc.overloaded')).toHaveLength(10);
    await only.close();
  });
});

describe('nobody there', () => {
  it('is said at once, not after the deadline', async () => {
    await expect(gateway.call(subject, request, { deadlineMs: 30_000 })).rejects.toMatchObject({ code: 'rpc.unavailable' });
  });
});

describe('a broker that goes away', () => {
  it('makes calls fail at once, and both sides find each other again by themselves', async () => {
    const vault = await instance(async () => ({ credentials: [] }));
    await server.kill();
    await eventually(async () => {
      await expect(gateway.call(subject, request)).rejects.toMatchObject({ code: 'rpc.unavailable' });
    });
    await server.start();
    await eventually(async () => {
      expect(await gateway.call(subject, request)).toEqual({ credentials: [] });
    });
    await vault.close();
  });

  it('leaves a call that was under way without an outcome: it may have been done', async () => {
    const held = gate();
    const vault = await instance(async () => {
      await held.opened;
      return { credentials: [] };
    });
    const call = gateway.call(subject, request, { deadlineMs: 1_500 });
    const outcome = expect(call).rejects.toMatchObject({ code: 'rpc.timeout' });
    await eventually(() => expect(vault.inFlight()).toBe(1));
    await server.kill();
    await outcome;
    held.open();
    await vault.close();
    await server.start();
  });

  it('is no reason not to start, and is joined when it comes', async () => {
    await server.kill();
    const early = recordingLog();
    const broker = await connectNats({
      identity: 'key-vault',
      url: server.url,
      seed: server.identities['key-vault']?.seed ?? '',
      log: early,
    });
    expect(broker.isConnected()).toBe(false);
    expect(broker.connection()).toBeUndefined();
    await eventually(() => expect(early.lines.filter(({ level }) => level === 'warn')).toHaveLength(1));
    const heard: boolean[] = [];
    broker.onReconnect(() => heard.push(true));
    const connecting = broker.connected();
    await server.start();
    expect((await connecting).isClosed()).toBe(false);
    expect(heard).toEqual([true]);
    await broker.close();
    await expect(broker.connected()).rejects.toMatchObject({ code: 'broker.closed' });
  });

  it('can be given up on while it is away', async () => {
    const broker = await connectNats({
      identity: 'gateway',
      url: 'nats://127.0.0.1:1',
      seed: server.identities['gateway']?.seed ?? '',
      log,
    });
    const waiting = expect(broker.connected()).rejects.toMatchObject({ code: 'broker.closed' });
    await broker.close();
    await waiting;
  });
});
