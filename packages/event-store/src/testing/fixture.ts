import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { databaseOf, type PublishingService, type ServiceEvent } from '@latchkey/contracts';
import type { StrategyId, UserId } from '@latchkey/kernel';
import { database, type SpecDatabase } from '@latchkey/testkit';
import { Client, type Pool } from 'pg';
import { eventStoreGrants } from '../grants.js';
import type { Log } from '../log.js';
import { createPool } from '../postgres/pool.js';
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

/** A database with this package's tables, as the migrations of a service would make it. */
export const logDatabase = async (service: PublishingService = 'gateway'): Promise<LogDatabase> => {
  const made = await database(service, { migrations: fileURLToPath(migrationsUrl), sql: eventStoreGrants(databaseOf(service)) });
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
    admin: async <Row>(sql: string, values: readonly unknown[] = []) => (await superuser.query(sql, [...values])).rows as Row[],
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
