import type { Limits, TradeView } from '@latchkey/contracts';
import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

export * from '@latchkey/event-store/schema';

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'string' });

/**
 * How each user followed each strategy, and when: a setting applies to signals received after it, so the old ones are kept. The row without
 * `valid_to` is in force.
 */
export const followings = pgTable(
  'followings',
  {
    strategyId: uuid('strategy_id').notNull(),
    userId: text('user_id').notNull(),
    revision: integer('revision').notNull(),
    exchange: text('exchange').notNull(),
    environment: text('environment').notNull(),
    marketType: text('market_type').notNull(),
    sizingMode: text('sizing_mode').notNull(),
    sizingValue: text('sizing_value'),
    enabled: boolean('enabled').notNull(),
    /** It may be a second one that trades contracts on its account. */
    shared: boolean('shared').notNull().default(false),
    /** Of openings on linear markets; null: the alert's, or the account's own. */
    leverage: smallint('leverage'),
    maxLeverage: smallint('max_leverage'),
    validFrom: instant('valid_from').notNull(),
    validTo: instant('valid_to'),
  },
  (table) => [
    primaryKey({ columns: [table.strategyId, table.userId, table.revision] }),
    uniqueIndex('followings_in_force')
      .on(table.strategyId, table.userId)
      .where(sql`valid_to is null`),
  ],
);

/** Switches that were ever used; `target` is a user, a strategy, or empty for the platform. `owner_id` halted it (a user, or a strategy's owner). */
export const tradingHalts = pgTable(
  'trading_halts',
  {
    scope: text('scope').notNull(),
    target: text('target').notNull(),
    ownerId: text('owner_id'),
    halted: boolean('halted').notNull(),
    reason: text('reason').notNull(),
    changedAt: instant('changed_at').notNull(),
    version: integer('version').notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.target] }), index('trading_halts_of_owner').on(table.ownerId)],
);

/** What openings are held against, by scope and target as halts. `owner_id` set it; of the platform nobody owns it. */
export const riskLimits = pgTable(
  'risk_limits',
  {
    scope: text('scope').notNull(),
    target: text('target').notNull(),
    ownerId: text('owner_id'),
    limits: jsonb('limits').$type<Limits>().notNull(),
    changedAt: instant('changed_at').notNull(),
    version: integer('version').notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.target] }), index('risk_limits_of_owner').on(table.ownerId)],
);

/** The last ordinal given out per lane (account and symbol). */
export const lanes = pgTable('lanes', { lane: text('lane').primaryKey(), lastOrdinal: integer('last_ordinal').notNull() });

/**
 * Every trade as it stands, written in the transaction of the events that made it so. `open`: there is still work to do, which the holder of
 * its partition takes up from here, at once or after a crash.
 */
export const trades = pgTable(
  'trades',
  {
    tradeId: uuid('trade_id').primaryKey(),
    signalId: uuid('signal_id').notNull(),
    strategyId: uuid('strategy_id').notNull(),
    userId: text('user_id').notNull(),
    exchange: text('exchange').notNull(),
    environment: text('environment').notNull(),
    marketType: text('market_type').notNull(),
    symbol: text('symbol').notNull(),
    action: text('action').notNull(),
    /** Null while an exit has not found out what there is to close. */
    side: text('side'),
    lane: text('lane').notNull(),
    ordinal: integer('ordinal').notNull(),
    partition: smallint('partition').notNull(),
    clientOrderId: text('client_order_id').notNull(),
    status: text('status').notNull(),
    open: boolean('open').notNull(),
    /** An exit that has sent what it could, if anything, and waits for what may turn up: nothing waits for it. */
    resting: boolean('resting').notNull().default(false),
    version: integer('version').notNull(),
    orders: jsonb('orders').$type<TradeView['orders']>().notNull(),
    amount: text('amount'),
    filled: text('filled').notNull(),
    averagePrice: text('average_price'),
    reason: text('reason'),
    message: text('message'),
    /** What it has changed of its following's quantity, in base units: the sum of these is the following's row in `positions`. */
    ownedChange: numeric('owned_change').notNull().default('0'),
    /** An opening that may be executed further than is known; its value beside that in `quote_asset`, null where nobody recorded it. */
    pending: boolean('pending').notNull().default(false),
    pendingValue: numeric('pending_value'),
    quoteAsset: text('quote_asset'),
    /** Of before executions were kept: what came of it is still to be counted. */
    uncounted: boolean('uncounted').notNull().default(false),
    /** The signal's place among those of its strategy. */
    sequence: integer('sequence'),
    /** It is not taken up before; null: at once. */
    notBefore: instant('not_before'),
    receivedAt: instant('received_at').notNull(),
    requestedAt: instant('requested_at').notNull(),
    submittedAt: instant('submitted_at'),
    settledAt: instant('settled_at'),
  },
  (table) => [
    index('trades_open')
      .on(table.partition, table.lane, table.ordinal)
      .where(sql`open`),
    index('trades_open_exits')
      .on(table.partition, table.lane, table.strategyId, table.ordinal)
      .where(sql`open and action = 'exit'`),
    index('trades_of_user').on(table.userId, table.requestedAt.desc(), table.tradeId.desc()),
    index('trades_of_signal').on(table.signalId),
    index('trades_pending')
      .on(table.userId)
      .where(sql`pending`),
    index('trades_uncounted')
      .on(table.tradeId)
      .where(sql`uncounted`),
    // Rows come in the order of their times, so that a day of them is found by a handful of block ranges.
    index('trades_recent').using('brin', table.requestedAt),
    // Orders that may still appear at their venue: few, and looked for during a day.
    index('trades_unproven')
      .on(table.settledAt)
      .where(sql`reason = 'unproven'`),
  ],
);

/** Where an account held something else than our record says; the row stays when they agree again. */
export const positionDrifts = pgTable(
  'position_drifts',
  {
    userId: text('user_id').notNull(),
    exchange: text('exchange').notNull(),
    environment: text('environment').notNull(),
    marketType: text('market_type').notNull(),
    instrument: text('instrument').notNull(),
    expected: text('expected').notNull(),
    found: text('found').notNull(),
    detectedAt: instant('detected_at').notNull(),
    resolvedAt: instant('resolved_at'),
    version: integer('version').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'position_drifts_pk',
      columns: [table.userId, table.exchange, table.environment, table.marketType, table.instrument],
    }),
    index('position_drifts_open')
      .on(table.detectedAt)
      .where(sql`resolved_at is null`),
  ],
);

/**
 * What each following owns by its own fills, bought above zero and sold below, fees in the base asset deducted. Written by the statement that
 * writes `trades`, from the difference that each trade makes, so that it is their sum at any time.
 */
export const positions = pgTable(
  'positions',
  {
    userId: text('user_id').notNull(),
    strategyId: uuid('strategy_id').notNull(),
    exchange: text('exchange').notNull(),
    environment: text('environment').notNull(),
    marketType: text('market_type').notNull(),
    symbol: text('symbol').notNull(),
    quantity: numeric('quantity').notNull(),
    /** What the quantity cost, in `quote_asset`: above zero where it was bought, below where it was sold. */
    cost: numeric('cost').notNull().default('0'),
    quoteAsset: text('quote_asset'),
    /** The newest signal of the strategy that was traded here: an exit of before it comes too late. */
    lastSequence: integer('last_sequence'),
    changedAt: instant('changed_at').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'positions_pk',
      columns: [table.userId, table.strategyId, table.exchange, table.environment, table.marketType, table.symbol],
    }),
    index('positions_of_strategy').on(table.strategyId, table.symbol),
  ],
);

/** Paper accounts that were used: one market of an exchange each. The row is what two orders of one account queue for. */
export const paperAccounts = pgTable(
  'paper_accounts',
  {
    userId: text('user_id').notNull(),
    exchange: text('exchange').notNull(),
    marketType: text('market_type').notNull(),
    openedAt: instant('opened_at').notNull().defaultNow(),
    balances: jsonb('balances').$type<Record<string, string>>().notNull(),
    positions: jsonb('positions').$type<Record<string, { quantity: string; entryPrice: string }>>().notNull(),
  },
  (table) => [primaryKey({ name: 'paper_accounts_pk', columns: [table.userId, table.exchange, table.marketType] })],
);

/** Orders on paper, each filled as a whole when it was placed. The key is what no order is taken twice by. */
export const paperOrders = pgTable('paper_orders', {
  clientOrderId: text('client_order_id').primaryKey(),
  orderId: bigserial('order_id', { mode: 'bigint' }),
  userId: text('user_id').notNull(),
  exchange: text('exchange').notNull(),
  marketType: text('market_type').notNull(),
  symbol: text('symbol').notNull(),
  side: text('side').notNull(),
  amount: text('amount').notNull(),
  price: text('price').notNull(),
  fee: text('fee').notNull(),
  feeAsset: text('fee_asset').notNull(),
  at: instant('at').notNull(),
});

/**
 * What changed positions, and what came of each change at average cost: written in the transaction of the events that told of it, and again
 * for all that comes after one that is told late. A day's results are sums of these rows.
 */
export const executions = pgTable(
  'executions',
  {
    tradeId: uuid('trade_id').notNull(),
    leg: text('leg').notNull(),
    fillId: text('fill_id').notNull(),
    userId: text('user_id').notNull(),
    strategyId: uuid('strategy_id').notNull(),
    exchange: text('exchange').notNull(),
    environment: text('environment').notNull(),
    marketType: text('market_type').notNull(),
    symbol: text('symbol').notNull(),
    quoteAsset: text('quote_asset'),
    /** By the venue's clock. */
    at: instant('at').notNull(),
    change: numeric('change').notNull(),
    price: numeric('price'),
    /** `[{asset, amount, value?}]`; null: the venue did not tell. */
    fees: jsonb('fees'),
    closed: numeric('closed').notNull(),
    realised: numeric('realised').notNull(),
    feeValue: numeric('fee_value').notNull(),
    quantityAfter: numeric('quantity_after').notNull(),
    costAfter: numeric('cost_after').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tradeId, table.leg, table.fillId] }),
    index('executions_of_following').on(
      table.userId,
      table.strategyId,
      table.exchange,
      table.environment,
      table.marketType,
      table.symbol,
      table.at,
    ),
    index('executions_of_user').on(table.userId, table.at),
  ],
);

/** Executors that are alive, so that partitions can be shared evenly among them. */
export const executors = pgTable('executors', {
  holder: text('holder').primaryKey(),
  expiresAt: instant('expires_at').notNull(),
});

/**
 * What is left of the venues' limits, shared by all executors: a bucket per host, address and window, and per account. Written by one statement
 * for all that is asked at a time. `at` and `blocked_until` are this database's time in ms; `told`: the most that the venue's own count left.
 */
export const rateLimits = pgTable('rate_limits', {
  key: text('key').primaryKey(),
  tokens: doublePrecision('tokens').notNull(),
  granted: doublePrecision('granted').notNull(),
  burst: doublePrecision('burst').notNull(),
  perMs: doublePrecision('per_ms').notNull(),
  told: doublePrecision('told'),
  at: doublePrecision('at').notNull(),
  blockedUntil: doublePrecision('blocked_until').notNull(),
});

/** The addresses that executors send from, while they live. */
export const egressAddresses = pgTable(
  'egress_addresses',
  { holder: text('holder').notNull(), address: text('address').notNull(), expiresAt: instant('expires_at').notNull() },
  (table) => [primaryKey({ columns: [table.holder, table.address] })],
);
