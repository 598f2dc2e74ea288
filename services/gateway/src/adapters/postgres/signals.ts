import { signal as signalSchema } from '@latchkey/contracts';
import type { SignalId, StrategyId, Traceparent, UserId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Signals } from '../../app/ports.js';

type Row = {
  id: string;
  strategy_id: string;
  owner_id: string;
  sequence: number;
  received_at: Date;
  signal: unknown;
  traceparent: string;
};

const select = 'select id, strategy_id, owner_id, sequence, received_at, signal, traceparent from signals where id = $1';

export const createSignalStore = (pool: Pool): Signals => ({
  find: async (id) => {
    const { rows } = await pool.query<Row>(select, [id]);
    const [row] = rows;
    return (
      row && {
        id: row.id as SignalId,
        strategyId: row.strategy_id as StrategyId,
        ownerId: row.owner_id as UserId,
        sequence: row.sequence,
        receivedAt: row.received_at.toISOString(),
        signal: signalSchema.parse(row.signal),
        traceparent: row.traceparent as Traceparent,
      }
    );
  },
});
