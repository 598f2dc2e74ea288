import type { TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { TradeQueue } from '../../app/ports/work.js';

/** What an alert asked to wait is passed over until then. */
const isDue = (trade: string): string => `(${trade}.not_before is null or ${trade}.not_before <= now())`;

/**
 * Orders of a lane (account and symbol) go one after the other, but exits: they go beside what is under way in it, one at a time for each following,
 * because they withdraw or cover what of their own following is in front of them, and take no more than that following owns. Whatever comes after an
 * exit in its lane waits for it, unless it rests, or waits itself and is not of the same signal. Exits come first, then what was received first. Both halves are in the order of an index of open
 * trades, so that the heads are found without sorting them first.
 */
const select = `
  select trade_id, lane, partition from (
    (select distinct on (partition, trades.lane, strategy_id) trade_id, lane || '#' || strategy_id as lane, partition, received_at, 0 as rank
      from trades
      where open and action = 'exit' and ${isDue('trades')} and partition = any($1::smallint[]) and lane || '#' || strategy_id <> all($2::text[])
      order by partition, trades.lane, strategy_id, ordinal)
    union all
    (select distinct on (t.partition, t.lane) t.trade_id, t.lane, t.partition, t.received_at, 1 from trades t
      where t.open and t.action <> 'exit' and ${isDue('t')} and t.partition = any($1::smallint[]) and t.lane <> all($2::text[])
        and not exists (select from trades e where e.open and e.action = 'exit' and not e.resting and e.partition = t.partition
          and e.lane = t.lane and e.ordinal < t.ordinal and (${isDue('e')} or e.signal_id = t.signal_id))
      order by t.partition, t.lane, t.ordinal)
  ) heads order by rank, received_at, trade_id limit $3`;

/** The trades that are next in their lanes, of the given partitions; lanes that are being worked on are left out. */
export const createTradeQueue = (pool: Pool): TradeQueue => ({
  next: async (partitions, busyLanes, limit) => {
    const found = await pool.query<{ trade_id: TradeId; lane: string; partition: number }>({
      name: 'executor-next',
      text: select,
      values: [partitions, busyLanes, limit],
    });
    return found.rows.map(({ trade_id, lane, partition }) => ({ tradeId: trade_id, lane, partition }));
  },
});
