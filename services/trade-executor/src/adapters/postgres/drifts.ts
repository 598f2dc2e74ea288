import type { Position, PositionDrift } from '@latchkey/contracts';
import { createAggregate, withTransaction, type RecordedEvent, type Tx } from '@latchkey/event-store';
import { decimal, newId, type UserId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { executorActor } from '../../app/executor-actor.js';
import type { BookNotices } from '../../app/ports/books.js';
import {
  driftDecider,
  type Drift,
  type DriftCommand,
  type DriftEvent,
  type DriftState,
} from '../../domain/reconciliation/drift.js';
import type { ExecutorStore } from './executor-store.js';
import { appendOnce } from './notices.js';

type Deps = { readonly pool: Pool; readonly store: ExecutorStore; readonly afterCommit: () => void };

const driftStream = ({ userId, exchange, environment, marketType, instrument }: Drift): string =>
  `drift-${[userId, exchange, environment, marketType, instrument].join('/')}`;

/** An older event than the row was written from changes nothing: a restore brings them in whatever order. */
export const projectDrift = async (tx: Tx, { type, data, version, time }: RecordedEvent<DriftEvent>): Promise<void> => {
  const { userId, exchange, environment, marketType, instrument, expected, found } = data;
  const isOver = type === 'PositionDriftResolved';
  await tx.query(
    `insert into position_drifts as d (user_id, exchange, environment, market_type, instrument, expected, found, detected_at, resolved_at, version)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      on conflict (user_id, exchange, environment, market_type, instrument) do update set expected = excluded.expected, found = excluded.found,
        detected_at = case when d.resolved_at is null then d.detected_at else excluded.detected_at end,
        resolved_at = excluded.resolved_at, version = excluded.version
      where d.version < excluded.version`,
    [userId, exchange, environment, marketType, instrument, expected, found, time, isOver ? time : null, version],
  );
};

/** Records what reconciliation finds, and keeps the row of each drift. */
export const createBookNotices = (deps: Deps): BookNotices => {
  const { pool, store, afterCommit } = deps;
  const drifts = createAggregate<Drift, DriftState, DriftCommand, DriftEvent, DriftEvent>({
    store: store as never,
    decider: driftDecider,
    streamOf: driftStream,
  });
  return {
    holding: async (drift, isDrift) => {
      const metadata = { actor: executorActor, correlationId: newId() };
      const command: DriftCommand = { type: 'ReportHolding', data: { ...drift, drifts: isDrift } };
      const recorded = await withTransaction(pool, async (tx) => {
        const events = await drifts.handle(tx, drift, command, metadata);
        for (const event of events) await projectDrift(tx, event);
        return events;
      });
      if (recorded.length === 0) return 'known';
      afterCommit();
      return isDrift ? 'detected' : 'resolved';
    },
    unknownOrder: async (book, { symbol, clientOrderId, orderId, side, status, filled }) => {
      const { userId, exchange, environment, marketType } = book;
      const streamId = `unknown-order-${[userId, exchange, environment, clientOrderId].join('/')}`;
      const data = { userId, exchange, environment, marketType, symbol, clientOrderId, orderId, side, status, filled };
      return appendOnce(deps, streamId, { type: 'UnknownOrderFound', v: 1, data });
    },
  };
};

type DriftRow = {
  readonly user_id: UserId;
  readonly exchange: PositionDrift['exchange'];
  readonly environment: PositionDrift['environment'];
  readonly market_type: PositionDrift['marketType'];
  readonly instrument: string;
  readonly expected: string;
  readonly found: string;
  readonly detected_at: Date;
};
const driftOf = (row: DriftRow): PositionDrift => ({
  exchange: row.exchange,
  environment: row.environment,
  marketType: row.market_type,
  instrument: row.instrument,
  expected: decimal(row.expected),
  found: decimal(row.found),
  detectedAt: row.detected_at.toISOString(),
});

type PositionRow = Pick<DriftRow, 'exchange' | 'environment' | 'market_type'> & {
  readonly strategy_id: Position['strategyId'];
  readonly symbol: string;
  readonly quantity: string;
  readonly changed_at: Date;
};

/** What a user's followings own, and where their accounts disagree. */
export const readPositions = async (pool: Pool, userId: UserId): Promise<{ positions: Position[]; drifts: PositionDrift[] }> => {
  const [owned, drifts] = await Promise.all([
    pool.query<PositionRow>(
      `select strategy_id, exchange, environment, market_type, symbol, quantity::text as quantity, changed_at from positions
        where user_id = $1 and quantity <> 0 order by exchange, environment, market_type, symbol, strategy_id`,
      [userId],
    ),
    pool.query<DriftRow>(
      'select * from position_drifts where user_id = $1 and resolved_at is null order by detected_at, instrument',
      [userId],
    ),
  ]);
  const positions = owned.rows.map((row) => ({
    strategyId: row.strategy_id,
    exchange: row.exchange,
    environment: row.environment,
    marketType: row.market_type,
    symbol: row.symbol,
    quantity: decimal(row.quantity),
    changedAt: row.changed_at.toISOString(),
  }));
  return { positions, drifts: drifts.rows.map(driftOf) };
};

/** Of all users, for whoever runs the place. */
export const readDrifts = async (pool: Pool): Promise<{ count: number; oldest: (PositionDrift & { userId: UserId })[] }> => {
  const { rows } = await pool.query<DriftRow & { count: number }>(
    `select *, count(*) over ()::int as count from position_drifts where resolved_at is null order by detected_at, user_id limit 20`,
  );
  return { count: rows[0]?.count ?? 0, oldest: rows.map((row) => ({ ...driftOf(row), userId: row.user_id })) };
};
