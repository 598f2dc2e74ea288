import { withTransaction, type RecordedEvent } from '@latchkey/event-store';
import { replay, type TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { tradeDecider } from '../../domain/trade/decide.js';
import { isTradeEvent, type TradeEvent } from '../../domain/trade/events.js';
import { countExecutions, executionChange } from './count-executions.js';
import { tradeStream, type ExecutorStore } from './executor-store.js';

const atATime = 200;

/** Counts what trades executed before executions were kept. It follows from their events, so it may be stopped and begun again anywhere. */
export const countEarlierTrades = async (pool: Pool, store: Pick<ExecutorStore, 'loadMany'>): Promise<void> => {
  const countSome = () =>
    withTransaction(pool, async (tx) => {
      const { rows } = await tx.query<{ trade_id: TradeId }>(
        'select trade_id from trades where uncounted limit $1 for update skip locked',
        [atATime],
      );
      if (rows.length === 0) return false;
      const tradeIds = rows.map(({ trade_id }) => trade_id);
      await tx.query(
        `select from positions p where exists (select from trades t where t.trade_id = any($1) and t.user_id = p.user_id
            and t.strategy_id = p.strategy_id and t.exchange = p.exchange and t.environment = p.environment
            and t.market_type = p.market_type and t.symbol = p.symbol)
          order by user_id, strategy_id, exchange, environment, market_type, symbol for update`,
        [tradeIds],
      );
      const histories = await store.loadMany(tx, tradeIds.map(tradeStream));
      const changes = [...histories.values()].flatMap(({ events }) => {
        const history = (events as readonly RecordedEvent[]).filter((event) => isTradeEvent(event)) as readonly TradeEvent[];
        return executionChange(tradeDecider.initial, replay(tradeDecider, history)) ?? [];
      });
      await countExecutions(tx, changes);
      await tx.query('update trades set uncounted = false where trade_id = any($1)', [tradeIds]);
      return true;
    });
  while (await countSome());
};
