import type { Envelope } from '@latchkey/contracts';
import type { RecordedEvent, Tx } from '@latchkey/event-store';
import { zero, type TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { DriftEvent } from '../../domain/reconciliation/drift.js';
import type { HaltEvent } from '../../domain/halt/halt.js';
import type { RiskLimitsEvent } from '../../domain/risk-limits/risk-limits.js';
import type { FollowingEvent } from '../../domain/following/following.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import { isTradeEvent } from '../../domain/trade/events.js';
import type { Trade } from '../../domain/trade/state.js';
import { countExecutions, executionChange, type ExecutionChange } from './count-executions.js';
import type { ExecutorStore } from './executor-store.js';
import { insertTrades } from './fan-out-rows.js';
import { projectFollowing } from './followings.js';
import { projectDrift } from './drifts.js';
import { projectHalt, projectRiskLimits } from './halts.js';
import { rowChange, updateTradeRows, type TradeTimes } from './trade-row.js';

/** What a trade's row is to say after its whole history; undefined: it is none of a trade. */
const restoredTrade = (history: readonly RecordedEvent[]) => {
  const events = history.filter((event) => isTradeEvent(event));
  const [first] = events;
  if (first?.type !== 'TradeRequested') return undefined;
  const request = first.data;
  let trade: Trade = tradeDecider.initial;
  let change = rowChange(request.tradeId, trade, request, 0, false);
  let times: TradeTimes = { at: first.time, submitted_at: null, settled_at: null };
  // One by one, as they happened: when it was submitted and when it was settled follow from the events' own times.
  for (const event of events) {
    trade = tradeDecider.evolve(trade, event);
    change = rowChange(request.tradeId, trade, request, event.version, false);
    times = {
      at: event.time,
      submitted_at: change.submitted ? (times.submitted_at ?? event.time) : null,
      settled_at: change.settled ? (times.settled_at ?? event.time) : null,
    };
  }
  const executed = executionChange(tradeDecider.initial, trade);
  return { request, requestedAt: first.time, row: { ...change, ...times, executed: executed !== undefined }, executed };
};

/** What stands of these trades' executions though their whole histories have no such: the restored database knew less of them. */
const withStale = async (tx: Tx, changes: readonly ExecutionChange[]): Promise<readonly ExecutionChange[]> => {
  const { rows } = await tx.query<{ trade_id: TradeId; leg: string; fill_id: string; at: Date }>(
    'select trade_id, leg, fill_id, at from executions where trade_id = any($1)',
    [changes.map(({ request }) => request.tradeId)],
  );
  const stood = Map.groupBy(rows, ({ trade_id }) => trade_id);
  return changes.map((change) => {
    const standing = stood.get(change.request.tradeId) ?? [];
    const since = standing.map(({ at }) => at.toISOString()).reduce((first, at) => (at < first ? at : first), change.since);
    const gone = standing
      .filter(({ leg, fill_id }) => !change.put.some((one) => one.leg === leg && one.fillId === fill_id))
      .map(({ trade_id, leg, fill_id, at }) => ({ tradeId: trade_id, leg, fillId: fill_id, at: at.toISOString(), change: zero }));
    return { ...change, gone, since };
  });
};

/**
 * Lanes and positions are taken in the order in which fan-outs and groups take them, all at once: whoever took them trade by trade, in the order
 * of streams, would wait for a group that waits for them.
 */
const restoreTrades = async (tx: Tx, histories: Iterable<readonly RecordedEvent[]>): Promise<void> => {
  const restored = [...histories].flatMap((history) => restoredTrade(history) ?? []);
  if (restored.length === 0) return;
  for (const { request, requestedAt } of restored) await insertTrades(tx, [request], requestedAt);
  await tx.query(
    `insert into lanes as l (lane, last_ordinal)
      select lane, max(ordinal) from unnest($1::text[], $2::int[]) as w (lane, ordinal) group by lane order by lane
      on conflict (lane) do update set last_ordinal = greatest(l.last_ordinal, excluded.last_ordinal)`,
    [restored.map(({ request }) => request.lane), restored.map(({ request }) => request.ordinal)],
  );
  await tx.query(updateTradeRows, [JSON.stringify(restored.map(({ row }) => row))]);
  const changes = restored.flatMap(({ executed }) => executed ?? []);
  await countExecutions(tx, await withStale(tx, changes));
};

const isFollowingEvent = (event: RecordedEvent): event is RecordedEvent<FollowingEvent> =>
  event.type === 'FollowingSet' || event.type === 'FollowingRemoved';

const isHaltEvent = (event: RecordedEvent): event is RecordedEvent<HaltEvent> =>
  event.type === 'TradingHalted' || event.type === 'TradingResumed';
const isRiskLimitsEvent = (event: RecordedEvent): event is RecordedEvent<RiskLimitsEvent> => event.type === 'RiskLimitsSet';

const isDriftEvent = (event: RecordedEvent): event is RecordedEvent<DriftEvent> =>
  event.type === 'PositionDriftDetected' || event.type === 'PositionDriftResolved';

/** What follows from events that a restored database got back: trades, lanes, followings, halts and limits stand as they stood. */
export const projectImported =
  (store: Pick<ExecutorStore, 'loadMany'>) =>
  async (tx: Tx, envelopes: readonly Envelope[]): Promise<void> => {
    const histories = await store.loadMany(tx, [...new Set(envelopes.map(({ streamid }) => streamid))]);
    const imported: ReadonlySet<string> = new Set(envelopes.map(({ id }) => id));
    for (const { events } of histories.values()) {
      for (const event of events as readonly RecordedEvent[]) {
        if (!imported.has(event.id)) continue;
        if (isFollowingEvent(event)) await projectFollowing(tx, event);
        if (isHaltEvent(event)) await projectHalt(tx, event);
        if (isRiskLimitsEvent(event)) await projectRiskLimits(tx, event);
        if (isDriftEvent(event)) await projectDrift(tx, event);
      }
    }
    await restoreTrades(
      tx,
      [...histories.values()].map(({ events }) => events),
    );
  };

/**
 * When this database was last restored: the relay begins another epoch then. Trades that ask at the same time share a question; an answer is
 * not kept, because one from before the restore would let through what the restore made a suspect.
 */
export const createRestoredAt = (pool: Pool) => {
  let asking: Promise<number | undefined> | undefined;
  const ask = async (): Promise<number | undefined> => {
    const found = await pool.query<{ started_at: Date }>('select started_at from log_epochs order by epoch desc limit 1');
    return found.rows[0]?.started_at.getTime();
  };
  return (): Promise<number | undefined> =>
    (asking ??= ask().finally(() => {
      asking = undefined;
    }));
};
