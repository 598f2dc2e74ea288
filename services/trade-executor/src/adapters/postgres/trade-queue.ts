import type { TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { QueuedTrade } from '../../app/ports/work.js';

const mostPerLook = 1_000;

/** The trades that are next in their lanes, oldest ordinal first, of the given partitions; lanes that are being worked on are left out. */
export const createTradeQueue = (pool: Pool) => ({
  next: async (partitions: readonly number[], busyLanes: readonly string[]): Promise<readonly QueuedTrade[]> => {
    const found = await pool.query<{ trade_id: TradeId; lane: string; partition: number }>({
      name: 'executor-next',
      text: `select distinct on (lane) trade_id, lane, partition from trades
        where open and partition = any($1::smallint[]) and lane <> all($2::text[])
        order by lane, ordinal limit $3`,
      values: [partitions, busyLanes, mostPerLook],
    });
    return found.rows.map(({ trade_id, lane, partition }) => ({ tradeId: trade_id, lane, partition }));
  },
});
