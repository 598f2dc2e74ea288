import type { Broker } from '@latchkey/messaging';
import { createHealth, type Health, type HealthReport } from '@latchkey/service-kit';
import { AppError, type Clock } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Rpc } from '../../app/ports.js';

class PartAway extends AppError<'health.part_away'> {}

const cacheMs = 1_000;

const answers =
  (rpc: Rpc, subject: 'qry.key-vault.health' | 'qry.trade-executor.health' | 'qry.audit.health') => async (): Promise<void> => {
    await rpc.call(subject, {});
  };

/** Ready means: alerts can be stored. Everything else may be away; it is looked at once a second, however often somebody asks. */
export const createGatewayHealth = (deps: {
  readonly pool: Pick<Pool, 'query'>;
  readonly broker: Pick<Broker, 'isConnected'>;
  readonly rpc: Rpc;
  readonly clock: Clock;
}): Health => {
  const { pool, broker, rpc, clock } = deps;
  const health = createHealth({
    required: {
      postgres: async () => {
        await pool.query('select 1');
      },
    },
    optional: {
      nats: () =>
        broker.isConnected()
          ? Promise.resolve()
          : Promise.reject(new PartAway('health.part_away', 'there is no connection to NATS')),
      'key-vault': answers(rpc, 'qry.key-vault.health'),
      'trade-executor': answers(rpc, 'qry.trade-executor.health'),
      audit: answers(rpc, 'qry.audit.health'),
    },
  });
  let last: { readonly report: HealthReport; readonly atMs: number } | undefined;
  return {
    ready: async () => {
      if (last && clock.now() - last.atMs < cacheMs) return last.report;
      const report = await health.ready();
      last = { report, atMs: clock.now() };
      return report;
    },
  };
};
