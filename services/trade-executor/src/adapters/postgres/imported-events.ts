import type { Envelope } from '@latchkey/contracts';
import type { RecordedEvent, Tx } from '@latchkey/event-store';
import type { Pool } from 'pg';
import type { DriftEvent } from '../../domain/reconciliation/drift.js';
import type { HaltEvent } from '../../domain/halt/halt.js';
import type { RiskLimitsEvent } from '../../domain/risk-limits/risk-limits.js';
import type { FollowingEvent } from '../../domain/following/following.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import { isTradeEvent } from '../../domain/trade/events.js';
import type { Trade } from '../../domain/trade/state.js';
import type { ExecutorStore } from './executor-store.js';
import { insertTrades } from './fan-out-rows.js';
import { projectFollowing } from './followings.js';
import { projectDrift } from './drifts.js';
import { projectHalt, projectRiskLimits } from './halts.js';
import { rowChange, updateTradeRows } from './trade-row.js';

const restoreTrade = async (tx: Tx, history: readonly RecordedEvent[]): Promise<void> => {
  const events = history.filter((event) => isTradeEvent(event));
  const [first] = events;
  if (first?.type !== 'TradeRequested') return;
  const request = first.data;
  await insertTrades(tx, [request], first.time);
  await tx.query(
    'insert into lanes as l (lane, last_ordinal) values ($1, $2) on conflict (lane) do update set last_ordinal = greatest(l.last_ordinal, $2)',
    [request.lane, request.ordinal],
  );
  let trade: Trade = tradeDecider.initial;
  // One by one, as they happened: when it was submitted and when it was settled follow from the events' own times.
  for (const event of events) {
    trade = tradeDecider.evolve(trade, event);
    const change = { ...rowChange(request.tradeId, trade, request, event.version), at: event.time };
    await tx.query(updateTradeRows, [JSON.stringify([change])]);
  }
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
      if (events.some((event) => isTradeEvent(event))) await restoreTrade(tx, events);
      for (const event of events as readonly RecordedEvent[]) {
        if (!imported.has(event.id)) continue;
        if (isFollowingEvent(event)) await projectFollowing(tx, event);
        if (isHaltEvent(event)) await projectHalt(tx, event);
        if (isRiskLimitsEvent(event)) await projectRiskLimits(tx, event);
        if (isDriftEvent(event)) await projectDrift(tx, event);
      }
    }
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
