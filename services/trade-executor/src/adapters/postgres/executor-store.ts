import { haltTargetId, type HaltTarget, type ServiceEvent } from '@latchkey/contracts';
import { createEventStore, type EventStore } from '@latchkey/event-store';
import type { Clock, SignalId, StrategyId, TradeId, UserId } from '@latchkey/kernel';

export type ExecutorEvent = ServiceEvent<'trade-executor'>;
export type ExecutorStore = EventStore<ExecutorEvent>;

export const createExecutorStore = (clock: Clock): ExecutorStore => createEventStore({ service: 'trade-executor', clock });

/** Names of the executor's streams; they are on the record, so they never change. */
export const tradeStream = (tradeId: TradeId): string => `trade-${tradeId}`;
export const signalStream = (signalId: SignalId): string => `signal-${signalId}`;
export const followingStream = ({ strategyId, userId }: { readonly strategyId: StrategyId; readonly userId: UserId }): string =>
  `following-${strategyId}-${userId}`;
export const haltStream = (target: HaltTarget): string =>
  target.scope === 'platform' ? 'halt-platform' : `halt-${target.scope}-${haltTargetId(target)}`;
/** A user's own stream is older than the others, and a user may be called anything. */
export const riskLimitsStream = (target: HaltTarget): string => {
  if (target.scope === 'user') return `risk-limits-${target.userId}`;
  return target.scope === 'platform' ? 'limits-platform' : `limits-strategy-${target.strategyId}`;
};
