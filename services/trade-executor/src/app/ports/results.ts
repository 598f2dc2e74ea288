import type { DayResult, FollowingResult, TotalResult } from '@latchkey/contracts';
import type { StrategyId, UserId } from '@latchkey/kernel';
import type { Standing } from '../../domain/results/count.js';

export type ResultsFilter = {
  readonly userId: UserId;
  readonly strategyId?: StrategyId | undefined;
  /** UTC days, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

/** A following's results as the database has them: what is owned has no price yet. */
export type KeptResult = Omit<FollowingResult, 'quantity' | 'averageEntryPrice' | 'unrealised' | 'price'> & {
  readonly standing: Standing;
};
export type KeptTotal = Omit<TotalResult, 'unrealised'>;

export type Results = {
  /** In the order of {@link resultKey}; flat ones on which nothing was executed in these days are none. */
  readonly of: (filter: ResultsFilter) => Promise<{
    readonly followings: readonly KeptResult[];
    readonly totals: readonly KeptTotal[];
    readonly days: readonly DayResult[];
  }>;
};

type Key = Pick<KeptResult, 'strategyId' | 'exchange' | 'environment' | 'marketType' | 'symbol'>;
export const resultKey = ({ strategyId, exchange, environment, marketType, symbol }: Key): string =>
  [strategyId, exchange, environment, marketType, symbol].join('/');
