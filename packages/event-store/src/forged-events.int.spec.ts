import { randomUUID } from 'node:crypto';
import { streamOf } from '@latchkey/contracts';
import { canonicalJson, type EventId } from '@latchkey/kernel';
import { eventually, nats, type SpecNats } from '@latchkey/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createConsumer, type Consumer, type ConsumerOptions } from './consumer/consumer.js';
import { createRelay, type Relay } from './relay/relay.js';
import { makeDurable, makeStream, specBroker, streamContent, type SpecBroker } from './testing/broker-fixture.js';
import { appendSome, logDatabase, quiet, signalReceived, strategyCreated, type LogDatabase } from './testing/fixture.js';
import { gatewayKey, pageOf, specKey } from './testing/signing-fixture.js';

let server: SpecNats;
let broker: SpecBroker;
let source: LogDatabase;
let own: LogDatabase;
let relay: Relay;
let consumer: Consumer;
let handled: string[];
let imported: string[];
let errors: string[];

const log = { ...quiet, error: (facts: object, message: string) => void errors.push(`${message} ${JSON.stringify(facts)}`) };

const startRelay = () => {
  const common = { ...gatewayKey, service: 'gateway', broker, log, leaseMs: 900, pollMs: 10, tickMs: 100 } as const;
  relay = createRelay({
    ...common,
    pool: source.pool,
    holder: randomUUID(),
    onImported: (_tx, events) => Promise.resolve(void imported.push(...events.map(({ id }) => id))),
  });
  relay.start();
};
const consume = (options: Partial<ConsumerOptions> = {}) => {
  consumer = createConsumer({
    pool: own.pool,
    service: 'audit',
    durable: 'audit-gateway',
    broker,
    requestReplay: (_source, request) => relay.replay(request),
    verify: gatewayKey.verify,
    log,
    holder: randomUUID(),
    tickMs: 100,
    leaseMs: 900,
    handleBatch: (_tx, events) => Promise.resolve(void handled.push(...events.map(({ envelope }) => envelope.id))),
    ...options,
  } as ConsumerOptions);
  consumer.start();
};

beforeEach(async () => {
  server = await nats({ open: true, own: true });
  [source, own] = await Promise.all([logDatabase('gateway'), logDatabase('audit')]);
  broker = await specBroker(server.url);
  [handled, imported, errors] = [[], [], []];
  await makeStream(broker.raw);
  await makeDurable(broker.raw, 'audit-gateway');
  startRelay();
});
afterEach(async () => {
  await consumer.stop();
  await relay.stop();
  await broker.close();
  await Promise.all([source.remove(), own.remove()]);
  await server.remove();
});

const written = async (): Promise<readonly string[]> =>
  (await source.admin<{ id: string }>('select id from events order by logseq')).map(({ id }) => id);
/** All that the source has, once, in order, and nothing else. */
const allAreHandled = (count: number) =>
  eventually(
    async () => {
      expect(await written()).toHaveLength(count);
      expect(handled).toEqual(await written());
    },
    { timeoutMs: 20_000 },
  );

type Forgery = { readonly epoch?: number; readonly logseq?: number; readonly prev?: number; readonly text?: string };

/** What somebody puts there who may publish as the gateway, but has no key: it looks like the newest event, but for what is given. */
const forge = async ({ text, ...changed }: Forgery = {}, signature?: string): Promise<string> => {
  const newest = (await streamContent(broker.raw).catch(() => [])).at(-1)?.envelope;
  const forged = { ...newest, id: randomUUID(), ...changed };
  const header = headers();
  if (signature !== undefined) header.set('Latchkey-Signature', signature);
  const subject = newest?.subject ?? 'evt.gateway.strategy.created';
  await broker.raw.request(subject, text ?? canonicalJson(forged), { headers: header, timeout: 5_000 });
  return forged.id;
};
const tellsOfForgery = (message: string) => eventually(() => errors.some((line) => line.includes(message)));
const byTheRelay = 'a message in the stream is none of ours';
const byTheConsumer = 'a message on an event subject is none of ours';

const unmoved = async () => {
  await eventually(() => relay.status().state === 'running');
  expect(imported).toEqual([]);
  expect(await source.admin('select 1 from log_epochs')).toEqual([]);
};

describe.each([
  ['the next number', { logseq: 4, prev: 3 }],
  ['a number that was given', { logseq: 2, prev: 1 }],
  ['a number far ahead', { logseq: 1_000_000, prev: 999_999 }],
  ['an epoch of its own', { epoch: 7, logseq: 4, prev: 3 }],
  ['the next number, and text that is no event', { text: '{"logseq":4}' }],
] as const)('a forged event with %s', (_name, forgery) => {
  it('at the end of the stream is neither handled nor imported, and the real next one is', async () => {
    consume();
    await appendSome(source.pool, 3);
    await allAreHandled(3);
    await forge(forgery);
    await tellsOfForgery(byTheRelay);
    await tellsOfForgery(byTheConsumer);
    await appendSome(source.pool, 1);
    await allAreHandled(4);
    await unmoved();
  });

  it('is not handled when it is found in the middle, or by a relay that has just started', async () => {
    await appendSome(source.pool, 3);
    await eventually(async () => expect(await streamContent(broker.raw)).toHaveLength(3));
    await relay.stop();
    await forge(forgery);
    await forge({ logseq: 5, prev: 4 });
    await appendSome(source.pool, 2);
    startRelay();
    consume();
    await allAreHandled(5);
    await forge(forgery);
    await appendSome(source.pool, 2);
    await allAreHandled(7);
    await unmoved();
  });
});

describe('a forged event', () => {
  it.each([
    ['the signature of another event', () => streamSignature()],
    ['the signature of another key', () => specKey().sign('evt.gateway.strategy.created', Buffer.from('x')) as string],
  ])('is none with %s', async (_name, signature) => {
    consume();
    await appendSome(source.pool, 2);
    await allAreHandled(2);
    await forge({ logseq: 3, prev: 2 }, await signature());
    await tellsOfForgery(byTheConsumer);
    await appendSome(source.pool, 1);
    await allAreHandled(3);
    await unmoved();
  });

  it('is also a real one on another subject', async () => {
    consume();
    await appendSome(source.pool, [strategyCreated(), signalReceived(randomUUID())]);
    await allAreHandled(2);
    const manager = await jetstreamManager(broker.raw);
    const real = (await manager.streams.getMessage(streamOf('gateway'), { seq: 1 }))!;
    const header = headers();
    header.set('Latchkey-Signature', real.header.get('Latchkey-Signature'));
    await broker.raw.request('evt.gateway.signal.received.00', real.data, { headers: header, timeout: 5_000 });
    await tellsOfForgery(byTheConsumer);
    await appendSome(source.pool, 1);
    await allAreHandled(3);
    await unmoved();
  });

  it('does not stop a consumer of some subjects', async () => {
    const executor = await logDatabase('trade-executor');
    await makeDurable(broker.raw, 'trade-executor-signals');
    const strategy = randomUUID();
    consume({ pool: executor.pool, service: 'trade-executor', durable: 'trade-executor-signals' });
    await appendSome(source.pool, [signalReceived(strategy)]);
    await allAreHandled(1);
    await forge({ logseq: 2, prev: 1 });
    await forge({ logseq: 900, prev: 1 });
    await tellsOfForgery(byTheConsumer);
    await appendSome(source.pool, [signalReceived(strategy, 2)]);
    await allAreHandled(2);
    await unmoved();
    await consumer.stop();
    await executor.remove();
  });

  it('may come by the hundred, before there is any other', async () => {
    consume();
    await Promise.all(Array.from({ length: 300 }, (_, i) => forge({ text: `{"logseq":${i}}` })));
    await appendSome(source.pool, 3);
    await allAreHandled(3);
    await unmoved();
  });

  it('is not put back into a restored database, and what is real is', async () => {
    consume();
    await appendSome(source.pool, 4);
    await allAreHandled(4);
    const lost = (await written()).slice(2);
    await relay.stop();
    await forge({ logseq: 5, prev: 4 });
    await source.admin(`begin; set local session_replication_role = replica; delete from events where logseq > 2;
      update subject_heads set logseq = 2; update relay_checkpoints set logseq = 2, last_seq = 2; commit`);
    startRelay();
    await eventually(() => expect(imported).toEqual(lost), { timeoutMs: 20_000 });
    await appendSome(source.pool, 1);
    await allAreHandled(5);
    expect(await source.admin('select epoch::int from events order by logseq')).toEqual(
      [1, 1, 1, 1, 2].map((epoch) => ({ epoch })),
    );
  });
});

describe('an answer to a replay', () => {
  const forgeries: readonly (readonly [string, (reply: Awaited<ReturnType<Relay['replay']>>) => { text: string; signature: string }])[] = [
    ['makes an event up', (reply) => edited(reply, (page) => ({ ...page, events: page.events.map((event) => ({ ...event, id: randomUUID() as EventId })) }))],
    ['leaves an event out', (reply) => edited(reply, (page) => ({ ...page, events: page.events.slice(1) }))],
    ['says that there is nothing up to a head of its own', (reply) => edited(reply, (page) => ({ ...page, events: [], head: 500 }))],
    ['has no signature', ({ text }) => ({ text, signature: '' })],
  ]; // prettier-ignore
  const edited = (
    reply: Awaited<ReturnType<Relay['replay']>>,
    edit: (page: ReturnType<typeof pageOf>) => ReturnType<typeof pageOf>,
  ) => ({ ...reply, text: canonicalJson(edit(pageOf(reply))) });

  /** The stream lacks the first events, so that the source must be asked. */
  const withGap = async () => {
    await appendSome(source.pool, 3);
    await eventually(async () => expect(await streamContent(broker.raw)).toHaveLength(3));
    await relay.stop(); // it would repair what comes now
    const manager = await jetstreamManager(broker.raw);
    await manager.streams.deleteMessage(streamOf('gateway'), 1);
    await manager.streams.deleteMessage(streamOf('gateway'), 2);
  };

  it.each(forgeries)('that %s is refused, and the real one is taken', async (_name, forgery) => {
    await withGap();
    let honest = false;
    consume({
      requestReplay: async (_source, request) => {
        const reply = await relay.replay(request);
        return honest ? reply : forgery(reply);
      },
    });
    await tellsOfForgery('an answer to a replay is none of its source');
    await eventually(() => consumer.status().state === 'failing');
    expect(handled).toEqual([]);
    expect(await own.admin('select logseq::int from consumer_positions')).toEqual([{ logseq: 0 }]);
    honest = true;
    await allAreHandled(3);
  });

  it('to another question is refused, though it is real', async () => {
    await withGap();
    consume({ requestReplay: (_source, request) => relay.replay({ ...request, from: 3 }) });
    await tellsOfForgery('it answers another question');
    expect(handled).toEqual([]);
  });
});

describe('a relay whose own key is not trusted', () => {
  it('publishes nothing and says what to do', async () => {
    consume();
    await relay.stop();
    const stranger = specKey();
    relay = createRelay({ ...gatewayKey, sign: stranger.sign, pool: source.pool, service: 'gateway', broker, log, holder: 'x' });
    relay.start();
    await appendSome(source.pool, 1);
    await eventually(() => expect(relay.status()).toMatchObject({ state: 'failing', lastError: expect.stringContaining('LATCHKEY_TRUSTED_KEYS') as string })); // prettier-ignore
    expect(await streamContent(broker.raw)).toEqual([]);
  });
});

const streamSignature = async (): Promise<string> => {
  const manager = await jetstreamManager(broker.raw);
  return (await manager.streams.getMessage(streamOf('gateway'), { seq: 2 }))!.header.get('Latchkey-Signature');
};
