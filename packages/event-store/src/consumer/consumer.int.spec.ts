import { randomUUID } from 'node:crypto';
import { streamOf } from '@latchkey/contracts';
import { AppError } from '@latchkey/kernel';
import { eventually, nats, type SpecNats } from '@latchkey/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Tx } from '../postgres/transaction.js';
import { createRelay, type Relay } from '../relay/relay.js';
import { logseqsOf, makeDurable, makeStream, specBroker, upTo, type SpecBroker } from '../testing/broker-fixture.js';
import { appendSome, logDatabase, quiet, signalReceived, strategyCreated, type LogDatabase } from '../testing/fixture.js';
import { gatewayKey } from '../testing/signing-fixture.js';
import { createConsumer, type Consumer, type ConsumerOptions } from './consumer.js';
import { listDeadLetters, readDeadLetters, requestDeadLetterReplay } from './dead-letters.js';
import type { ParkedEvent } from './delivery.js';
import { loadPosition, savePosition } from './position-store.js';
import type { ReceivedEvent } from './received-event.js';

let server: SpecNats;
let broker: SpecBroker;
let source: LogDatabase;
let own: LogDatabase;
let relay: Relay;
let consumers: Consumer[];

const handledTable =
  'create table handled (n bigint generated always as identity, epoch int, logseq int); grant select, insert on handled to audit';

beforeEach(async () => {
  server = await nats({ open: true, own: true });
  [source, own] = await Promise.all([logDatabase('gateway'), logDatabase('audit', handledTable)]);
  broker = await specBroker(server.url);
  consumers = [];
  relay = createRelay({
    ...gatewayKey,
    pool: source.pool,
    service: 'gateway',
    broker,
    log: quiet,
    holder: randomUUID(),
    leaseMs: 900,
    pollMs: 10,
    tickMs: 100,
  });
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await relay.stop();
  await broker.close();
  await Promise.all([source.remove(), own.remove()]);
  await server.remove();
});

const record = async (tx: Tx, { envelope }: ReceivedEvent) => {
  await tx.query('insert into handled (epoch, logseq) values ($1, $2)', [envelope.epoch, envelope.logseq]);
};
const requestReplay = vi.fn<ConsumerOptions['requestReplay']>((_source, request) => relay.replay(request));
const consume = (options: Partial<ConsumerOptions> = {}): Consumer => {
  const consumer = createConsumer({
    pool: own.pool,
    service: 'audit',
    durable: 'audit-gateway',
    broker,
    requestReplay,
    verify: gatewayKey.verify,
    log: quiet,
    holder: randomUUID(),
    tickMs: 100,
    leaseMs: 900,
    ...(options.handleBatch ? {} : { handler: record }),
    ...options,
  } as ConsumerOptions);
  consumers.push(consumer);
  consumer.start();
  return consumer;
};
const handled = async (): Promise<readonly number[]> =>
  (await own.admin<{ logseq: number }>('select logseq from handled order by n')).map(({ logseq }) => logseq);
const hasHandled = (numbers: readonly number[]) =>
  eventually(async () => expect(await handled()).toEqual(numbers), { timeoutMs: 20_000 });
const published = (numbers: readonly number[]) => eventually(async () => expect(await logseqsOf(broker.raw)).toEqual(numbers));
const manager = () => jetstreamManager(broker.raw);
const start = async () => {
  await makeStream(broker.raw);
  await makeDurable(broker.raw, 'audit-gateway');
  relay.start();
};
const acknowledged = () =>
  eventually(async () =>
    expect((await (await manager()).consumers.info(streamOf('gateway'), 'audit-gateway')).num_ack_pending).toBe(0),
  );

describe('a consumer', () => {
  it('handles every event once, in order, and answers it', async () => {
    await start();
    await appendSome(source.pool, 20);
    consume({ tickMs: 60_000 }); // it does not look at the head: only a gap would make it ask
    await hasHandled(upTo(20));
    await appendSome(source.pool, 5);
    await hasHandled(upTo(25));
    await acknowledged();
    expect(requestReplay).not.toHaveBeenCalled();
  });

  it('waits for a stream and a durable that are not there yet', async () => {
    const consumer = consume();
    await eventually(() => consumer.status().state === 'running');
    await start();
    await appendSome(source.pool, 3);
    await hasHandled(upTo(3));
  });

  it('groups hundreds into one transaction when it can', async () => {
    await start();
    await appendSome(source.pool, 500);
    await published(upTo(500));
    const handleBatch = vi.fn(async (tx: Tx, events: readonly ReceivedEvent[]) => {
      for (const event of events) await record(tx, event);
    });
    consume({ handleBatch });
    await hasHandled(upTo(500));
    expect(handleBatch.mock.calls.length).toBeLessThan(100);
    expect(Math.max(...handleBatch.mock.calls.map(([, events]) => events.length))).toBeGreaterThan(50);
  });

  it('gathers what arrives soon into one transaction, and stops at once all the same', async () => {
    await start();
    const handleBatch = vi.fn(async (tx: Tx, events: readonly ReceivedEvent[]) => {
      for (const event of events) await record(tx, event);
    });
    const consumer = consume({ handleBatch, gatherMs: 3_000 });
    for (let i = 1; i <= 8; i += 1) {
      await appendSome(source.pool, 1);
      await published(upTo(i));
    }
    await hasHandled(upTo(8));
    expect(handleBatch.mock.calls.length).toBeLessThan(4);
    await appendSome(source.pool, 1);
    await published(upTo(9));
    await consumer.stop();
    consume({ handleBatch });
    await hasHandled(upTo(9));
  });

  it('handles nothing twice when JetStream has forgotten where it was', async () => {
    await start();
    await appendSome(source.pool, 6);
    const first = consume();
    await hasHandled(upTo(6));
    await first.stop();
    await (await manager()).consumers.delete(streamOf('gateway'), 'audit-gateway');
    await makeDurable(broker.raw, 'audit-gateway');
    consume();
    await appendSome(source.pool, 2);
    await hasHandled(upTo(8));
    await acknowledged();
  });

  it('asks the source for what JetStream believes it has, with or without a new event', async () => {
    await start();
    await appendSome(source.pool, 4);
    consume();
    await hasHandled(upTo(4));
    await consumers[0]?.stop();
    await own.admin('truncate handled');
    await own.admin('update consumer_positions set logseq = 0, epoch = 1'); // an older copy of our database
    consume();
    await hasHandled(upTo(4)); // found out by the announced head
    await consumers[1]?.stop();
    await own.admin('truncate handled');
    await own.admin('update consumer_positions set logseq = 0, epoch = 1');
    await appendSome(source.pool, 1);
    consume({ tickMs: 60_000 });
    await hasHandled(upTo(5)); // found out by the gap
  });

  it('goes on when the broker was wiped and made again', async () => {
    await start();
    await appendSome(source.pool, 3);
    consume();
    await hasHandled(upTo(3));
    await server.kill();
    await server.wipeStore();
    await appendSome(source.pool, 2);
    await server.start();
    await eventually(() => relay.status().state === 'waiting_for_stream', { timeoutMs: 20_000 });
    await makeStream(broker.raw);
    await makeDurable(broker.raw, 'audit-gateway');
    await appendSome(source.pool, 2);
    await hasHandled(upTo(7));
  });

  it('follows a restored source into its new epoch, from where that epoch starts', async () => {
    await start();
    await appendSome(source.pool, 4);
    consume();
    await hasHandled(upTo(4));
    // Database and broker both lose 3 and 4: only this consumer knows that they were.
    await source.admin(`begin; set local session_replication_role = replica; delete from events where logseq > 2;
      update subject_heads set logseq = 2; update relay_checkpoints set logseq = 2, last_seq = 2; commit`);
    await (await manager()).streams.delete(streamOf('gateway'));
    await makeStream(broker.raw);
    await makeDurable(broker.raw, 'audit-gateway');
    await eventually(async () => expect(await source.admin('select 1 from log_epochs where epoch = 2')).toHaveLength(1));
    await appendSome(source.pool, 2);
    await hasHandled([1, 2, 3, 4, 3, 4]);
    expect(await own.admin('select epoch from handled order by n')).toEqual([1, 1, 1, 1, 2, 2].map((epoch) => ({ epoch })));
  });
});

describe('a consumer of some subjects', () => {
  it('sees a hole on one of them though others go on, and fills it even after a restart', async () => {
    const executor = await logDatabase('trade-executor', handledTable.replaceAll('audit', 'trade_executor'));
    await makeStream(broker.raw);
    await makeDurable(broker.raw, 'trade-executor-signals');
    relay.start();
    const [one, other] = ['01a20000-0000-4000-8000-000000000001', '01a20000-0000-4000-8000-000000000002'];
    await appendSome(source.pool, [signalReceived(one), strategyCreated(), signalReceived(other), signalReceived(other, 2)]);
    await published(upTo(4));
    await relay.stop(); // it would repair what comes now
    await (await manager()).streams.deleteMessage(streamOf('gateway'), 1);
    const options = { pool: executor.pool, service: 'trade-executor', durable: 'trade-executor-signals' } as const;
    const seen = async () =>
      (await executor.admin<{ logseq: number }>('select logseq from handled order by n')).map(({ logseq }) => logseq);
    const first = consume(options);
    await eventually(async () => expect(await seen()).toEqual([3, 4]));
    await first.stop();
    relay.start();
    consume(options);
    await appendSome(source.pool, [signalReceived(one, 2)]);
    await eventually(async () => expect(await seen()).toEqual([3, 4, 1, 5]));
    await eventually(async () => expect(consumers[1]?.status().position).toEqual({ epoch: 1, logseq: 5 }));
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await executor.remove();
  });
});

describe('an event that cannot be handled', () => {
  const poisoned = (name: string) => strategyCreated(name);
  const nameOf = ({ envelope }: ReceivedEvent) => (envelope.data as { name: string }).name;
  const letters = () => listDeadLetters(own.pool, { consumer: 'audit-gateway' });

  it('is parked with its reason after five deliveries, alone, and replayed when an operator asks', async () => {
    await start();
    await appendSome(source.pool, [poisoned('fine'), poisoned('poison'), poisoned('fine too')]);
    await published(upTo(3));
    let cured = false;
    const deliveries: string[] = [];
    const handleBatch = async (tx: Tx, events: readonly ReceivedEvent[]) => {
      for (const event of events) {
        if (nameOf(event) === 'poison' && !cured) {
          if (events.length === 1) deliveries.push('poison');
          throw new AppError('spec.indigestible', 'it does not go down');
        }
        await record(tx, event);
      }
    };
    // In the transaction of the parking, whose rows it may read.
    const parked: object[] = [];
    const onParked = async (tx: Tx, of: ParkedEvent) => {
      const { rows } = await tx.query<{ count: number }>('select count(*)::int as count from dead_letters where id = $1', [
        of.eventId,
      ]);
      parked.push({ ...of, found: rows[0]?.count });
    };
    consume({ handleBatch, onParked });
    await hasHandled([1, 3]);
    expect(deliveries).toHaveLength(5);
    expect(parked).toEqual([
      expect.objectContaining({ consumer: 'audit-gateway', deliveries: 5, code: 'spec.indigestible', found: 1 }),
    ]);
    expect(await readDeadLetters(own.pool)).toMatchObject({
      consumers: [
        { consumer: 'audit-gateway', count: 1, oldest: { deliveries: 5, reason: 'spec.indigestible: it does not go down' } },
      ],
    });
    const [letter] = await letters();
    expect(letter).toMatchObject({
      logseq: 2,
      deliveries: 5,
      reason: 'spec.indigestible: it does not go down',
      source: 'gateway',
    });

    await requestDeadLetterReplay(own.pool, 'audit-gateway', letter!.id);
    await eventually(async () => expect((await letters())[0]?.deliveries).toBe(6)); // still poison: it stays
    cured = true;
    await requestDeadLetterReplay(own.pool, 'audit-gateway', letter!.id);
    await hasHandled([1, 3, 2]);
    expect(await letters()).toEqual([]);
    await expect(requestDeadLetterReplay(own.pool, 'audit-gateway', letter!.id)).rejects.toMatchObject({
      code: 'event_store.dead_letter_not_found',
    });
  });

  it('is parked when its handler never answers', async () => {
    await start();
    await appendSome(source.pool, [poisoned('endless'), poisoned('fine')]);
    const handler = (tx: Tx, event: ReceivedEvent) =>
      nameOf(event) === 'endless' ? new Promise<void>(() => undefined) : record(tx, event);
    consume({ handler, handlerTimeoutMs: 60, maxDeliveries: 3 });
    await hasHandled([2]);
    expect(await letters()).toMatchObject([
      { logseq: 1, deliveries: 3, reason: expect.stringContaining('event_store.timeout') as string },
    ]);
  });

  it('is parked when it took the process down each time', async () => {
    await start();
    await appendSome(source.pool, 2);
    await loadPosition(own.pool, { durable: 'audit-gateway', service: 'audit', source: 'gateway', filter: 'evt.gateway.>' });
    await own.admin('update consumer_positions set attempts = 5, attempt_epoch = 1, attempt_logseq = 1');
    const handler = vi.fn(record);
    consume({ handler });
    await hasHandled([2]);
    expect(handler).toHaveBeenCalledTimes(1);
    expect(await letters()).toMatchObject([{ logseq: 1, deliveries: 5 }]);
  });

  it('does not count against an event while Postgres is at fault', async () => {
    await start();
    let conflicts = 12;
    const handler = async (tx: Tx, event: ReceivedEvent) => {
      conflicts -= 1;
      if (conflicts > 0) await tx.query(`do $$ begin raise exception using errcode = '40P01'; end $$`);
      await record(tx, event);
    };
    consume({ handler, tickMs: 50 });
    await appendSome(source.pool, 1);
    await hasHandled([1]);
    expect(await letters()).toEqual([]);
  });

  it('does not count against an event either when Postgres is too far away to take the count back', async () => {
    await start();
    let losses = 7;
    const query = (text: string, values?: unknown[]): Promise<unknown> => {
      if (losses === 0 || !text.includes('greatest(attempts')) return own.pool.query(text, values);
      losses -= 1;
      return Promise.reject(Object.assign(new TypeError('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    };
    const pool = new Proxy(own.pool, { get: (of, name) => (name === 'query' ? query : (Reflect.get(of, name) as unknown)) });
    const handler = async (tx: Tx, event: ReceivedEvent) => {
      if (losses > 0) await tx.query('select pg_terminate_backend(pg_backend_pid())');
      await record(tx, event);
    };
    consume({ pool, handler, tickMs: 50 });
    await appendSome(source.pool, 1);
    await hasHandled([1]);
    expect(await letters()).toEqual([]);
  });
});

describe('two processes of one consumer', () => {
  it('take turns: the second goes on when the first ends', async () => {
    await start();
    const first = consume();
    await eventually(() => first.status().state === 'running');
    const second = consume({ pool: own.anotherPool() });
    await appendSome(source.pool, 10);
    await hasHandled(upTo(10));
    expect(second.status().state).toBe('standby');
    await first.stop();
    await appendSome(source.pool, 10);
    await hasHandled(upTo(20));
  });

  it('take turns also when the first is cut off from the broker and not from its database', async () => {
    await start();
    let cutOff = false;
    const first = consume({ broker: { ...broker, connection: () => (cutOff ? undefined : broker.connection()) } });
    await eventually(() => first.status().state === 'running');
    const second = consume({ pool: own.anotherPool() });
    await appendSome(source.pool, 3);
    await hasHandled(upTo(3));
    expect(second.status().state).toBe('standby');
    cutOff = true;
    await eventually(() => expect(second.status().state).toBe('running'));
    expect(first.status().state).toBe('standby');
    await appendSome(source.pool, 3);
    await hasHandled(upTo(6));
  });

  it('cannot both commit: one that froze finds its position moved', async () => {
    const definition = { durable: 'audit-gateway', service: 'audit', source: 'gateway', filter: 'evt.gateway.>' } as const;
    const frozen = await loadPosition(own.pool, definition);
    await savePosition(own.pool, 'audit-gateway', frozen, { ...frozen, logseq: 1 });
    await expect(savePosition(own.pool, 'audit-gateway', frozen, { ...frozen, logseq: 1 })).rejects.toMatchObject({
      code: 'event_store.lease_lost',
    });
  });
});
