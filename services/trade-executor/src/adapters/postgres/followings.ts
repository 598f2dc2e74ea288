import type { CommandContext, Following } from '@latchkey/contracts';
import { createAggregate, withTransaction, type RecordedEvent, type Tx } from '@latchkey/event-store';
import { decimal, type StrategyId, type UserId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Followings } from '../../app/ports/followings.js';
import {
  followingDecider,
  needsSharing,
  type FollowingCommand,
  type FollowingEvent,
  type FollowingSetting,
} from '../../domain/following/following.js';
import { ExecutorError } from '../../app/executor-error.js';
import { followingStream, type ExecutorStore } from './executor-store.js';

/** The first of two keys: locks of settings of a user. Any number that is ours alone will do. */
const followingLock = 5_002;

type Key = { readonly strategyId: StrategyId; readonly userId: UserId };
type Row = {
  readonly strategy_id: string;
  readonly user_id: string;
  readonly exchange: string;
  readonly environment: string;
  readonly market_type: string;
  readonly sizing_mode: string;
  readonly sizing_value: string | null;
  readonly enabled: boolean;
  readonly shared: boolean;
  readonly leverage: number | null;
  readonly max_leverage: number | null;
  readonly valid_from: Date;
};

/** The leverage of a setting, and its limit, as they stand in its row. */
export const leverageOfRow = ({
  leverage,
  max_leverage,
}: Pick<Row, 'leverage' | 'max_leverage'>): Pick<Following, 'leverage' | 'limits'> => ({
  ...(leverage !== null && { leverage }),
  ...(max_leverage !== null && { limits: { maxLeverage: max_leverage } }),
});

const followingOf = (row: Row): Following => ({
  strategyId: row.strategy_id as Following['strategyId'],
  userId: row.user_id as Following['userId'],
  exchange: row.exchange as Following['exchange'],
  environment: row.environment as Following['environment'],
  marketType: row.market_type as Following['marketType'],
  sizing: {
    mode: row.sizing_mode as Following['sizing']['mode'],
    ...(row.sizing_value !== null && { value: decimal(row.sizing_value) }),
  },
  enabled: row.enabled,
  ...(row.shared && { shared: true }),
  ...leverageOfRow(row),
  updatedAt: row.valid_from.toISOString(),
});

/** The old setting ends when the new one begins: each instant has one setting at most. */
export const projectFollowing = async (tx: Tx, { type, data, version, time }: RecordedEvent<FollowingEvent>): Promise<void> => {
  const { strategyId, userId } = data;
  await tx.query('update followings set valid_to = $3 where strategy_id = $1 and user_id = $2 and valid_to is null', [
    strategyId,
    userId,
    time,
  ]);
  if (type !== 'FollowingSet') return;
  const { exchange, environment, marketType, sizing, enabled, shared, leverage, limits } = data;
  await tx.query(
    `insert into followings (strategy_id, user_id, revision, exchange, environment, market_type, sizing_mode, sizing_value, enabled, shared, valid_from,
       leverage, max_leverage)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
    [
      strategyId,
      userId,
      version,
      exchange,
      environment,
      marketType,
      sizing.mode,
      sizing.value ?? null,
      enabled,
      shared ?? false,
      time,
      leverage ?? null,
      limits?.maxLeverage ?? null,
    ],
  );
};

const selectInForce = 'select * from followings where strategy_id = $1 and user_id = $2 and valid_to is null';

/** Of two that a user sets at the same time, the second one is asked whether it is meant. */
const assertMayShare = async (tx: Tx, setting: FollowingSetting): Promise<void> => {
  const { userId, strategyId, exchange, environment, marketType } = setting;
  if (marketType !== 'linear') return;
  await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [followingLock, userId]);
  const { rows } = await tx.query<Row>(
    `select * from followings where user_id = $1 and valid_to is null and enabled and exchange = $2 and environment = $3 and market_type = $4`,
    [userId, exchange, environment, marketType],
  );
  const before = rows.find((row) => row.strategy_id === strategyId);
  const other = rows.find((row) => row.strategy_id !== strategyId);
  if (!other || !needsSharing(setting, before && followingOf(before))) return;
  throw new ExecutorError(
    'following.account_shared',
    `strategy "${other.strategy_id}" trades contracts on your ${exchange} account already, and both would hold one position together; follow with "shared": true if that is meant`,
    { strategyId: other.strategy_id },
  );
};

/** Followings in Postgres: the event and the row that the fan-out reads are one commit. */
export const createFollowings = ({
  pool,
  store,
  afterCommit,
}: {
  readonly pool: Pool;
  readonly store: ExecutorStore;
  readonly afterCommit: () => void;
}): Followings => {
  const aggregate = createAggregate<
    Key,
    ReturnType<typeof followingDecider.evolve>,
    FollowingCommand,
    FollowingEvent,
    FollowingEvent
  >({
    store: store as never,
    decider: followingDecider,
    streamOf: followingStream,
  });
  const handle = async (
    key: Key,
    command: FollowingCommand,
    { actor, correlationId, causationId, traceparent, origin }: CommandContext,
  ) => {
    const result = await withTransaction(pool, async (tx) => {
      if (command.type === 'SetFollowing') await assertMayShare(tx, command.data);
      const recorded = await aggregate.handle(tx, key, command, { actor, correlationId, causationId, traceparent, origin });
      for (const event of recorded) await projectFollowing(tx, event);
      const found = await tx.query<Row>(selectInForce, [key.strategyId, key.userId]);
      return { changed: recorded.length > 0, following: found.rows[0] && followingOf(found.rows[0]) };
    });
    if (result.changed) afterCommit();
    return result;
  };
  return {
    handle,
    find: async ({ strategyId, userId }) => {
      const [own, all] = await Promise.all([
        pool.query<Row>(selectInForce, [strategyId, userId]),
        pool.query<{ count: number }>(
          'select count(*)::int as count from followings where strategy_id = $1 and valid_to is null',
          [strategyId],
        ),
      ]);
      return { following: own.rows[0] ? followingOf(own.rows[0]) : null, followers: all.rows[0]?.count ?? 0 };
    },
  };
};
