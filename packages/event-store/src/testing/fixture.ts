import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { databaseOf, type ServiceEvent, type ServiceName } from '@latchkey/contracts';
import type { SignalId, StrategyId, UserId } from '@latchkey/kernel';
import { database, type SpecDatabase } from '@latchkey/testkit';
import { Client, type Pool } from 'pg';
import { eventStoreGrants } from '../grants.js';
import type { Log } from '../log.js';
import { createPool } from '../postgres/pool.js';
import type { Db } from '../postgres/transaction.js';
import { createEventStore } from '../store/event-store.js';
import type { EventMetadata } from '../store/recorded-event.js';

/** Says nothing; a spec that expects a line passes its own. */
export const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const migrationsUrl = new URL('../../test/migrations', import.meta.url);

export type LogDatabase = SpecDatabase & {
  /** As the service's own role, with exactly the shipped grants. */
  readonly pool: Pool;
  /** A second process of the service. */
  readonly anotherPool: () => Pool;
  /** As the superuser, for what no service may do. */
  readonly admin: <Row>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  readonly remove: () => Promise<void>;
};

/**
 * A database with this package's tables, as the migrations of a service would make it.
 *
 * @param make on which server; the run's shared one by default
 */
export const logDatabase = async (
  service: ServiceName = 'gateway',
  moreSql = '',
  make: typeof database = database,
): Promise<LogDatabase> => {
  const sql = `${eventStoreGrants(databaseOf(service))};${moreSql}`;
  const made = await make(service, { migrations: fileURLToPath(migrationsUrl), sql });
  const pools: Pool[] = [];
  const anotherPool = () => {
    const pool = createPool({ url: made.url, applicationName: 'event-store-spec', log: quiet });
    pools.push(pool);
    return pool;
  };
  const superuser = new Client({ connectionString: made.adminUrl });
  await superuser.connect();
  superuser.on('error', () => undefined); // its server may be killed by the spec
  return {
    ...made,
    pool: anotherPool(),
    anotherPool,
    admin: async <Row>(text: string, values: readonly unknown[] = []) => (await superuser.query(text, [...values])).rows as Row[],
    remove: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await superuser.end();
      await made.drop();
    },
  };
};

/** Somebody does something, once. */
export const metadata = (): EventMetadata => ({ actor: 'user:spec', correlationId: randomUUID() });

type GatewayEvent = ServiceEvent<'gateway'>;

/** The smallest event of the gateway; its subject has no partition. */
export const strategyCreated = (name = 'Breakout'): GatewayEvent => ({
  type: 'StrategyCreated',
  v: 1,
  data: { strategyId: randomUUID() as StrategyId, ownerId: 'owner-1' as UserId, name },
});

/** One alert for a strategy; its subject has the strategy's partition. */
export const signalReceived = (strategyId: string, sequence = 1): GatewayEvent => ({
  type: 'SignalReceived',
  v: 1,
  data: {
    signalId: randomUUID() as SignalId,
    strategyId: strategyId as StrategyId,
    ownerId: 'owner-1' as UserId,
    sequence,
    receivedAt: '2026-11-22T09:00:00.000Z',
    idempotencyKey: 'ab'.repeat(32),
    signal: { market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' }, actions: [{ action: 'buy', orderType: 'market' }] },
  },
});

const store = createEventStore({ service: 'gateway' });

/** Appends events to new streams, one each. */
export const appendSome = async (db: Db, events: readonly GatewayEvent[] | number): Promise<void> => {
  const all = typeof events === 'number' ? Array.from({ length: events }, (_, i) => strategyCreated(`strategy ${i}`)) : events;
  await store.append(
    db,
    all.map((event) => ({ streamId: `strategy-${randomUUID()}`, expectedVersion: 0, events: [event], metadata: metadata() })),
  );
};
