import type { TradeId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { UnprovenTrades } from '../../app/ports/unproven.js';

export const createUnprovenTrades =
  (pool: Pool): UnprovenTrades =>
  async (partitions, since) => {
    const found = await pool.query<{ trade_id: TradeId; partition: number; ended_at: string }>({
      name: 'executor-unproven',
      text: `select trade_id, partition, extract(epoch from settled_at) * 1000 as ended_at from trades
        where reason = 'unproven' and settled_at > $2 and partition = any($1::smallint[])`,
      values: [partitions, new Date(since).toISOString()],
    });
    return found.rows.map(({ trade_id, partition, ended_at }) => ({ tradeId: trade_id, partition, endedAt: Number(ended_at) }));
  };
