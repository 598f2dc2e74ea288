import type { TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { TradeQueue } from '../../app/ports/work.js';

/** The trades that are next in their lanes, of the given partitions; lanes that are being worked on are left out. */
export const createTradeQueue = (pool: Pool): TradeQueue => ({
  next: async (partitions, busyLanes, limit) => {
    const found = await pool.query<{ trade_id: TradeId; lane: string; partition: number }>({
      name: 'executor-next',
      // In the order of the index of open trades, so that the heads of lanes are found without sorting them first.
      text: `select trade_id, lane, partition from (
          select distinct on (partition, lane) trade_id, lane, partition, received_at from trades
          where open and partition = any($1::smallint[]) and lane <> all($2::text[])
          order by partition, lane, ordinal
        ) heads order by received_at, trade_id limit $3`,
      values: [partitions, busyLanes, limit],
    });
    return found.rows.map(({ trade_id, lane, partition }) => ({ tradeId: trade_id, lane, partition }));
  },
});
