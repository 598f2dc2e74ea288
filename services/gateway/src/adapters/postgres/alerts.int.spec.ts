import { randomBytes, randomUUID } from 'node:crypto';
import type { Envelope } from '@latchkey/contracts';
import { createPool, withTransaction } from '@latchkey/event-store';
import { newId, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { database, manualClock, type SpecDatabase } from '@latchkey/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alerts, AlertToTake } from '../../app/ports.js';
import { webhookTokenFrom } from '../../domain/strategy/webhook-token.js';
import { createAlertStore } from './alerts.js';
import { createGatewayEventStore } from './event-log.js';
import { putBackRows } from './put-back.js';
import { createStrategyStore } from './strategies.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = manualClock();
const ownerId = 'alice' as UserId;

let made: SpecDatabase;
let pools: readonly Pool[];
let replicas: readonly Alerts[];
beforeAll(async () => {
  made = await database('gateway');
  pools = [1, 2].map(() => createPool({ url: made.url, applicationName: 'gateway-spec', log: quiet }));
  replicas = pools.map((pool) =>
    createAlertStore({ pool, store: createGatewayEventStore(clock), wakeRelay: () => undefined, clock }),
  );
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await made.drop();
});

const context = () => ({ actor: 'user:alice', correlationId: randomUUID() });
const query = async (text: string, values: readonly unknown[]) => (await pools[0]!.query(text, [...values])).rows;
const newStrategy = async (): Promise<StrategyId> => {
  const id = newId<StrategyId>();
  const store = createStrategyStore({ pool: pools[0]!, store: createGatewayEventStore(clock), wakeRelay: () => undefined });
  await store.create({ id, ownerId, name: 'x' }, webhookTokenFrom(randomBytes(32)), context());
  return id;
};
const alert = (strategyId: StrategyId, over: Partial<AlertToTake> = {}): AlertToTake => ({
  signalId: newId<SignalId>(),
  strategyId,
  ownerId,
  receivedAtMs: clock.now(),
  sameness: { kind: 'fixed', key: 'a'.repeat(64) },
  bodyDigest: 'b'.repeat(64),
  signal: { market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' }, actions: [{ action: 'buy', orderType: 'market' }] },
  context: context(),
  deadlineMs: clock.now() + 1_000,
  ...over,
});

describe('several gateways on one database', () => {
  it.each([{ kind: 'fixed', key: 'a'.repeat(64) } as const, { kind: 'window' } as const])(
    'make one signal of one alert: %j',
    async (sameness) => {
      const id = await newStrategy();
      const taken = await Promise.all([0, 1, 0, 1].map((replica) => replicas[replica]!.take(alert(id, { sameness }))));
      expect(taken.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
      expect(new Set(taken.map((each) => 'signalId' in each && each.signalId)).size).toBe(1);
      expect(await query('select duplicates from signals where strategy_id = $1', [id])).toEqual([{ duplicates: 3 }]);
    },
  );

  it('number the signals of one strategy without a gap, as its stream does', async () => {
    const id = await newStrategy();
    const keys = Array.from({ length: 40 }, (_each, i) => `${i}`.padStart(64, '0'));
    await Promise.all(keys.map((key, i) => replicas[i % 2]!.take(alert(id, { sameness: { kind: 'fixed', key } }))));
    const rows = await query(
      `select s.sequence, e.version from signals s join events e on e.stream_id = 'signals-' || s.strategy_id and e.data->>'signalId' = s.id::text
       where s.strategy_id = $1 order by s.sequence`,
      [id],
    );
    expect(rows).toEqual(keys.map((_key, i) => ({ sequence: i + 1, version: i + 1 })));
    expect(await query('select signal_count from strategies where id = $1', [id])).toEqual([{ signal_count: 40 }]);
  });
});

describe('an alert that nobody waits for any more', () => {
  it('is not stored', async () => {
    const id = await newStrategy();
    await expect(replicas[0]!.take(alert(id, { deadlineMs: clock.now() }))).rejects.toMatchObject({ code: 'alert.not_stored' });
    expect(await query('select from signals where strategy_id = $1', [id])).toEqual([]);
  });
});

describe('the database', () => {
  it('lets one key of a strategy in once, whoever asks', async () => {
    const id = await newStrategy();
    await replicas[0]!.take(alert(id));
    const again = `insert into signals select gen_random_uuid(), strategy_id, owner_id, 99, received_at, idempotency_key, body_digest, signal, traceparent, 0
      from signals where strategy_id = $1`;
    await expect(query(again, [id])).rejects.toMatchObject({ code: '23505', constraint: 'signals_idempotency_key' });
  });

  it.each([
    'delete from strategies',
    'delete from signals',
    "update signals set signal = '{}'",
    'delete from origins',
    'update origins set actor = actor',
    'delete from refused_alerts',
    'delete from events',
    'update events set data = data',
    'drop table signals',
  ])("does not let the service's role %s", async (statement) => {
    await expect(query(statement, [])).rejects.toMatchObject({ code: '42501' });
  });
});

describe('events that a restored database had lost', () => {
  const envelope = (type: string, data: object): Envelope => ({
    specversion: '1.0',
    id: newId(),
    source: '/latchkey/gateway',
    type,
    eventversion: 1,
    subject: 'evt.gateway.x.y',
    time: new Date(clock.now()).toISOString(),
    datacontenttype: 'application/json',
    streamid: 'x',
    streamversion: 1,
    correlationid: randomUUID(),
    actor: 'user:alice',
    epoch: 1,
    logseq: 1,
    prev: 0,
    traceparent: undefined,
    data,
  });
  const putBack = (...envelopes: readonly Envelope[]) => withTransaction(pools[0]!, (tx) => putBackRows(tx, envelopes));
  const received = (strategyId: StrategyId, key: string) => {
    const { signal, signalId, receivedAtMs } = alert(strategyId);
    const receivedAt = new Date(receivedAtMs).toISOString();
    return envelope('SignalReceived', { signalId, strategyId, ownerId, sequence: 1, receivedAt, idempotencyKey: key, signal });
  };

  it('bring back strategies without a token, and signals that are still known', async () => {
    const strategyId = newId<StrategyId>();
    const key = 'c'.repeat(64);
    await putBack(envelope('StrategyCreated', { strategyId, ownerId, name: 'Lost' }), received(strategyId, key));
    expect(await query('select name, token_hash, signal_count from strategies where id = $1', [strategyId])).toEqual([
      { name: 'Lost', token_hash: null, signal_count: 1 },
    ]);
    const again = await replicas[0]!.take(alert(strategyId, { sameness: { kind: 'fixed', key } }));
    expect(again.outcome).toBe('duplicate');
  });

  it('take back the token of before a rotation, and what was deleted', async () => {
    const rotated = await newStrategy();
    const deleted = await newStrategy();
    await putBack(
      envelope('StrategyTokenRotated', { strategyId: rotated, ownerId }),
      envelope('StrategyDeleted', { strategyId: deleted, ownerId }),
    );
    const rows = await query(
      'select id, token_hash, deleted_at is null as alive from strategies where id = any($1) order by id',
      [[rotated, deleted]],
    );
    expect(rows).toEqual([
      { id: rotated, token_hash: null, alive: true },
      { id: deleted, token_hash: null, alive: false },
    ]);
  });

  it('go behind the signals that arrived since', async () => {
    const id = await newStrategy();
    await replicas[0]!.take(alert(id));
    await putBack(received(id, 'd'.repeat(64)));
    expect(await query('select sequence from signals where strategy_id = $1 order by sequence', [id])).toEqual([
      { sequence: 1 },
      { sequence: 2 },
    ]);
  });
});
