import type { CommandContext } from '@latchkey/contracts';
import { createAggregate, withTransaction, type Db, type Tx } from '@latchkey/event-store';
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
  const handle = async (
    commandOf: (tx: Tx) => Promise<FreezeCommand>,
    { actor, correlationId, causationId, traceparent, origin }: CommandContext,
  ): Promise<boolean> => {
    const metadata = { actor, correlationId, causationId, traceparent, origin };
    const work = async (tx: Tx) => aggregate.handle(tx, freezeStream, await commandOf(tx), metadata);
    const recorded = await withTransaction(pool, work, { lock: { key: signingLock, mode: 'exclusive' } });
    if (recorded.length > 0) onAppended();
    return recorded.length > 0;
  };
  return {
    freeze: (reason, context) => handle(() => Promise.resolve({ type: 'FreezeVault', data: { reason } }), context),
    thaw: ({ reason, since }, context) =>
      handle(async (tx) => {
        const frozenSince = (await readFreeze(tx))?.time.toISOString();
        return { type: 'ThawVault', data: { reason, since: new Date(since).toISOString(), frozenSince } };
      }, context),
    state: async () => {
      const found = await readFreeze(pool);
      return found ? { frozen: true, reason: found.reason, since: found.time.toISOString() } : { frozen: false };
    },
  };
};
