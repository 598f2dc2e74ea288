import { createAggregate, withTransaction, type Db } from '@latchkey/event-store';
import type { Pool } from 'pg';
import type { FreezeSwitch } from '../../app/ports.js';
import { freezeDecider, type Freeze, type FreezeCommand, type FreezeEvent } from '../../domain/freeze/freeze.js';
import type { VaultStore } from './credential-rows.js';
import { signingLock } from './signing-lock.js';

type Deps = { readonly pool: Pool; readonly store: VaultStore; readonly onAppended: () => void };

const freezeStream = 'vault-freeze';

/** The freeze in force: the newest event of its stream. There is no row of it that could be behind, in a restored database neither. */
export const freezeInForce = `select data ->> 'reason' as reason, time from (
    select type, data, time from events where stream_id = '${freezeStream}' order by version desc limit 1
  ) newest where type = 'VaultFrozen'`;

const readFreeze = async (db: Db) => (await db.query<{ reason: string; time: Date }>(freezeInForce)).rows[0];

export const createFreezeSwitch = ({ pool, store, onAppended }: Deps): FreezeSwitch => {
  const aggregate = createAggregate<string, Freeze, FreezeCommand, FreezeEvent, FreezeEvent>({
    store: store as never,
    decider: freezeDecider,
    streamOf: (id) => id,
  });
  return {
    handle: async (command, { actor, correlationId, causationId, traceparent, origin }) => {
      const metadata = { actor, correlationId, causationId, traceparent, origin };
      const recorded = await withTransaction(pool, (tx) => aggregate.handle(tx, freezeStream, command, metadata), {
        lock: { key: signingLock, mode: 'exclusive' },
      });
      if (recorded.length > 0) onAppended();
      return recorded.length > 0;
    },
    state: async () => {
      const found = await readFreeze(pool);
      return found ? { frozen: true, reason: found.reason, since: found.time.toISOString() } : { frozen: false };
    },
  };
};
