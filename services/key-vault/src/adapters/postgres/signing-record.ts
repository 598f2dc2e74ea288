import type { ServiceEvent } from '@latchkey/contracts';
import { withTransaction, type Append, type Tx } from '@latchkey/event-store';
import { groupCommit, isAppError } from '@latchkey/kernel';
import { outsideOfTraces } from '@latchkey/tracing';
import type { Pool } from 'pg';
import type { Rate } from '../../app/instance-rate.js';
import type { JudgedBatch, JudgedItem, SignedItemRecord, SigningRecord } from '../../app/ports.js';
import { VaultError } from '../../domain/vault-error.js';
import type { VaultStore } from './credential-rows.js';
import { checkKeysOfAttempts, claimAttempts, isCreate } from './signed-attempts.js';
import { checkStates, countVerificationStrings, type PendingItem } from './signing-checks.js';
import { checkLimits } from './signing-limits.js';
import { signingLock } from './signing-lock.js';

type Event = ServiceEvent<'key-vault'>;
type Deps = {
  readonly pool: Pool;
  readonly store: VaultStore;
  readonly onAppended: () => void;
  readonly rate: Rate;
};

const signed = 'signed';

const pendingOf = ({ items, nowMs }: JudgedBatch): readonly PendingItem[] =>
  items.map((item) => ({ item, nowMs, refusal: item.refusal }));

const outcomesOf = (pending: readonly PendingItem[]): readonly string[] => pending.map(({ refusal }) => refusal ?? signed);

/** With the key that signed an order: a restored database has to know it again. */
const recorded = ({ record, keyFingerprint }: JudgedItem, outcome: string): SignedItemRecord => ({
  ...record,
  ...(outcome === signed && isCreate(record.purpose) && keyFingerprint !== undefined ? { keyFingerprint } : {}),
  outcome,
});

/** A request has a stream of its own: one that was recorded before (by another replica, too) is not recorded, and not signed, again. */
const appendOf = ({ requestId, caller, context, items }: JudgedBatch, outcomes: readonly string[]): Append<Event> => ({
  streamId: `signatures-${requestId}`,
  expectedVersion: 0,
  events: [
    {
      type: 'SignaturesDecided',
      v: 1,
      data: { requestId, caller, items: items.map((item, i) => recorded(item, outcomes[i] ?? '')) },
    },
  ],
  metadata: context,
});

/** The signing record in Postgres. Requests that arrive together share one transaction. */
export const createSigningRecord = ({ pool, store, onAppended, rate }: Deps): SigningRecord => {
  const run = async (batches: readonly JudgedBatch[]): Promise<readonly (readonly string[])[]> => {
    const work = async (tx: Tx) => {
      const pending = batches.map(pendingOf);
      const all = pending.flat();
      await checkStates(tx, all);
      await checkLimits(tx, all, rate);
      await claimAttempts(tx, all);
      await checkKeysOfAttempts(tx, all);
      await countVerificationStrings(tx, all);
      const outcomes = pending.map(outcomesOf);
      await store.append(
        tx,
        batches.map((batch, i) => appendOf(batch, outcomes[i] ?? [])),
      );
      return outcomes;
    };
    const decided = await withTransaction(pool, work, { lock: { key: signingLock, mode: 'shared' } });
    onAppended();
    return decided;
  };
  // Two groups at a time: one waits for its commit while the next one is being checked. Without waiting: company comes while a group is under way.
  const record = groupCommit({ run: outsideOfTraces(run), maxWaitMs: 0, maxJobs: 64, maxGroups: 2 });
  return {
    decide: async (batch) => {
      try {
        return await record(batch);
      } catch (error) {
        if (isAppError(error, 'event_store.version_conflict'))
          throw new VaultError('vault.conflict', { requestId: batch.requestId });
        throw error;
      }
    },
  };
};
