import type { SignalStep, Sizing } from '@latchkey/contracts';
import type { SignalId, StrategyId, UserId } from '@latchkey/kernel';

export type Venue = 'binance' | 'bybit';
export type Market = 'spot' | 'linear';

/** One follower with an account of their own. */
export type SceneAccount = {
  readonly userId: UserId;
  readonly strategyId: StrategyId;
  readonly exchange: Venue;
  readonly marketType: Market;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly positionMode: 'one-way' | 'hedge';
  readonly sizing: Sizing;
  /** Milliseconds into the run from which the setting is in force. */
  readonly followsFromMs: number;
};

export type SceneSignal = {
  readonly id: string;
  readonly atMs: number;
  readonly signalId: SignalId;
  readonly strategyId: StrategyId;
  readonly actions: readonly SignalStep[];
  readonly symbol: string;
};
