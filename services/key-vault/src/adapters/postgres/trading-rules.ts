import { haltTargetId, type AnyEvent, type Envelope } from '@latchkey/contracts';
import type { Tx } from '@latchkey/event-store';
import { signingLock } from './signing-lock.js';

// A repaired gap brings older events after newer ones of other subjects: the stream's own order decides, and a newer epoch over it.
const onlyNewer = (table: string): string => `where (${table}.epoch, ${table}.version) < (excluded.epoch, excluded.version)`;

/**
 * Writes down what the executor has halted, resumed and limited, in the transaction that moves the consumer on. No signature that is recorded
 * afterwards goes by what stood there before.
 */
export const keepTradingRules = async (
  tx: Tx,
  { envelope: { epoch, streamversion }, event }: { readonly envelope: Envelope; readonly event: AnyEvent },
): Promise<void> => {
  switch (event.type) {
    case 'TradingHalted':
    case 'TradingResumed': {
      await tx.query('select pg_advisory_xact_lock($1)', [signingLock]);
      await tx.query(
        `insert into trading_halts (scope, target, halted, epoch, version) values ($1, $2, $3, $4, $5)
          on conflict (scope, target) do update set halted = excluded.halted, epoch = excluded.epoch, version = excluded.version
          ${onlyNewer('trading_halts')}`,
        [event.data.scope, haltTargetId(event.data), event.type === 'TradingHalted', epoch, streamversion],
      );
      return;
    }
    case 'RiskLimitsSet': {
      // What owners of strategies and operators limit is the executor's alone to keep.
      if ((event.data.scope ?? 'user') !== 'user') return;
      await tx.query('select pg_advisory_xact_lock($1)', [signingLock]);
      await tx.query(
        `insert into symbol_lists (user_id, symbols, epoch, version) values ($1, $2, $3, $4)
          on conflict (user_id) do update set symbols = excluded.symbols, epoch = excluded.epoch, version = excluded.version
          ${onlyNewer('symbol_lists')}`,
        [event.data.userId, event.data.symbols, epoch, streamversion],
      );
      return;
    }
    default:
  }
};
