import {
  bigint,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

export { events, leases, logEpochs, relayCheckpoints, streams, subjectHeads } from '@latchkey/event-store/schema';

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'string' });
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** Strategies as their streams say. `signalCount` is the head of the stream of the strategy's signals; its row lock is the order of arrival. */
export const strategies = pgTable(
  'strategies',
  {
    id: uuid('id').primaryKey(),
    ownerId: text('owner_id').notNull(),
    name: text('name').notNull(),
    /** SHA-256 of the webhook token; null once the strategy is deleted. */
    tokenHash: bytes('token_hash').unique(),
    signalCount: integer('signal_count').notNull().default(0),
    createdAt: instant('created_at').notNull(),
    deletedAt: instant('deleted_at'),
  },
  (table) => [index('strategies_owner').on(table.ownerId, table.id)],
);

/** One row per signal; the unique key is what makes four deliveries of one alert one signal. */
export const signals = pgTable(
  'signals',
  {
    id: uuid('id').primaryKey(),
    strategyId: uuid('strategy_id')
      .notNull()
      .references(() => strategies.id),
    ownerId: text('owner_id').notNull(),
    sequence: integer('sequence').notNull(),
    receivedAt: instant('received_at').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    bodyDigest: text('body_digest').notNull(),
    signal: jsonb('signal').notNull(),
    traceparent: text('traceparent').notNull(),
    duplicates: integer('duplicates').notNull().default(0),
  },
  (table) => [
    unique('signals_idempotency_key').on(table.strategyId, table.idempotencyKey),
    unique('signals_sequence').on(table.strategyId, table.sequence),
    index('signals_body').on(table.strategyId, table.bodyDigest, table.sequence),
    index('signals_newest').on(table.strategyId, table.id),
  ],
);

/** Where the last alert on a market left a strategy's position, as it told; null: it did not tell. */
export const toldPositions = pgTable(
  'told_positions',
  {
    strategyId: uuid('strategy_id')
      .notNull()
      .references(() => strategies.id),
    /** As the strategy trades it: `BTCUSDT`, or `BTCUSDT.P`. */
    symbol: text('symbol').notNull(),
    position: text('position'),
  },
  (table) => [primaryKey({ columns: [table.strategyId, table.symbol] })],
);

/** Alerts that were not taken, for the strategy's owner: the reason, and nothing of the body. */
export const refusedAlerts = pgTable(
  'refused_alerts',
  {
    id: uuid('id').primaryKey(),
    strategyId: uuid('strategy_id')
      .notNull()
      .references(() => strategies.id),
    receivedAt: instant('received_at').notNull(),
    code: text('code').notNull(),
    message: text('message').notNull(),
    field: text('field'),
  },
  (table) => [index('refused_alerts_newest').on(table.strategyId, table.id)],
);

/** Where requests came from. The only personal data there is: events carry SHA-256 of salt and value, so deleting a row erases the person. */
export const origins = pgTable(
  'origins',
  {
    id: uuid('id').primaryKey(),
    actor: text('actor').notNull(),
    address: text('address').notNull(),
    userAgent: text('user_agent').notNull(),
    salt: bytes('salt').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [index('origins_actor').on(table.actor)],
);

/** Requests per key and window. Unlogged (see the grants migration): after a crash everybody starts afresh, which hurts nobody. */
export const rateLimits = pgTable(
  'rate_limits',
  {
    key: text('key').notNull(),
    windowStart: bigint('window_start', { mode: 'number' }).notNull(),
    count: integer('count').notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.windowStart] }), index('rate_limits_window').on(table.windowStart)],
);
