import {
  haltTargetId,
  noLimits,
  type CommandContext,
  type HaltScope,
  type HaltTarget,
  type Limits,
  type RiskLimits,
  type TradingHalt,
} from '@latchkey/contracts';
import { createAggregate, withTransaction, type Db, type RecordedEvent, type Tx } from '@latchkey/event-store';
import type { StrategyId, UserId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Halts } from '../../app/ports/halts.js';
import { haltDecider, type HaltCommand, type HaltEvent, type HaltState } from '../../domain/halt/halt.js';
import {
  limitsIn,
  riskLimitsDecider,
  type RiskLimitsCommand,
  type RiskLimitsEvent,
  type RiskLimitsState,
} from '../../domain/risk-limits/risk-limits.js';
import { haltStream, riskLimitsStream, type ExecutorStore } from './executor-store.js';
import { openingLock } from './opening-lock.js';

type HaltRow = {
  readonly scope: TradingHalt['scope'];
  readonly target: string;
  readonly reason: string;
  readonly changed_at: Date;
};

const haltOf = ({ scope, target, reason, changed_at }: HaltRow): TradingHalt => ({
  scope,
  ...(scope === 'strategy' && { strategyId: target as NonNullable<TradingHalt['strategyId']> }),
  reason,
  haltedAt: changed_at.toISOString(),
});

/** An older event than the row was written from changes nothing: a restore brings them in whatever order. */
export const projectHalt = async (tx: Tx, { type, data, version, time }: RecordedEvent<HaltEvent>): Promise<void> => {
  await tx.query(
    `insert into trading_halts as h (scope, target, owner_id, halted, reason, changed_at, version) values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (scope, target) do update set owner_id = excluded.owner_id, halted = excluded.halted, reason = excluded.reason,
        changed_at = excluded.changed_at, version = excluded.version where h.version < excluded.version`,
    [
      data.scope,
      haltTargetId(data),
      data.scope === 'platform' ? null : data.userId,
      type === 'TradingHalted',
      data.reason,
      time,
      version,
    ],
  );
};

/** What is named of limits: rows say nothing of what is not limited. */
const named = (limits: Limits): Partial<Limits> =>
  Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== null)) as Partial<Limits>;

export const projectRiskLimits = async (tx: Tx, { data, version, time }: RecordedEvent<RiskLimitsEvent>): Promise<void> => {
  const { scope = 'user', strategyId, userId } = data;
  const target = scope === 'user' ? userId : (strategyId ?? '');
  const owner = scope === 'platform' ? null : userId;
  await tx.query(
    `insert into risk_limits as l (scope, target, owner_id, limits, changed_at, version) values ($1, $2, $3, $4, $5, $6)
      on conflict (scope, target) do update set owner_id = excluded.owner_id, limits = excluded.limits, changed_at = excluded.changed_at,
        version = excluded.version where l.version < excluded.version`,
    [scope, target, owner, JSON.stringify(named(limitsIn(data))), time, version],
  );
};

type LimitsRow = {
  readonly scope: HaltScope;
  readonly target: string;
  readonly limits: Partial<Limits>;
  readonly changed_at: Date;
};

/** Of this user, and of all that concerns them: the platform's, and those of strategies that they own or follow. */
const concerned = (
  row: string,
): string => `(${row}.scope = 'platform' or ${row}.owner_id = $1 or (${row}.scope = 'strategy' and exists (
    select from followings f where f.user_id = $1 and f.strategy_id::text = ${row}.target and f.valid_to is null)))`;

const readLimits = async (db: Db, userId: UserId): Promise<RiskLimits> => {
  const [set, halts] = await Promise.all([
    db.query<LimitsRow>(
      `select scope, target, limits, changed_at from risk_limits l where ${concerned('l')} order by changed_at, scope, target`,
      [userId],
    ),
    db.query<HaltRow>(
      `select scope, target, reason, changed_at from trading_halts h where halted and ${concerned('h')} order by changed_at, scope, target`,
      [userId],
    ),
  ]);
  const others = set.rows.flatMap(({ scope, target, limits, changed_at }) =>
    scope === 'user' || Object.keys(limits).length === 0
      ? []
      : [
          {
            scope,
            ...(scope === 'strategy' && { strategyId: target as StrategyId }),
            limits: { ...noLimits, ...limits },
            setAt: changed_at.toISOString(),
          },
        ],
  );
  const mine = set.rows.find(({ scope, target }) => scope === 'user' && target === userId);
  return { limits: { ...noLimits, ...mine?.limits }, others, halts: halts.rows.map(haltOf) };
};

const metadataOf = ({ actor, correlationId, causationId, traceparent, origin }: CommandContext) => ({
  actor,
  correlationId,
  causationId,
  traceparent,
  origin,
});

/** Halts and limits in Postgres: the event and the row that openings are held against are one commit. */
export const createHalts = ({
  pool,
  store,
  afterCommit,
}: {
  readonly pool: Pool;
  readonly store: ExecutorStore;
  readonly afterCommit: () => void;
}): Halts => {
  const switches = createAggregate<HaltCommand['data']['target'], HaltState, HaltCommand, HaltEvent, HaltEvent>({
    store: store as never,
    decider: haltDecider,
    streamOf: haltStream,
  });
  const limits = createAggregate<HaltTarget, RiskLimitsState, RiskLimitsCommand, RiskLimitsEvent, RiskLimitsEvent>({
    store: store as never,
    decider: riskLimitsDecider,
    streamOf: riskLimitsStream,
  });
  const exclusively = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    withTransaction(pool, work, { lock: { key: openingLock, mode: 'exclusive' } });

  return {
    halt: async (command, context) => {
      const { target } = command.data;
      const { changed, row } = await exclusively(async (tx) => {
        const recorded = await switches.handle(tx, target, command, metadataOf(context));
        for (const event of recorded) await projectHalt(tx, event);
        const found = await tx.query<HaltRow>(
          'select scope, target, reason, changed_at from trading_halts where scope = $1 and target = $2 and halted',
          [target.scope, haltTargetId(target)],
        );
        return { changed: recorded.length > 0, row: found.rows[0] };
      });
      if (changed) afterCommit();
      return { changed, ...(row && { halt: haltOf(row) }) };
    },
    limit: async (command, context) => {
      const recorded = await exclusively(async (tx) => {
        const events = await limits.handle(tx, command.data.target, command, metadataOf(context));
        for (const event of events) await projectRiskLimits(tx, event);
        return events;
      });
      if (recorded.length > 0) afterCommit();
    },
    limitsOf: (userId) => readLimits(pool, userId),
  };
};
