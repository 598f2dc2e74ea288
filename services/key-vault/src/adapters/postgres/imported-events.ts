import { toLatest, type Envelope, type EventData } from '@latchkey/contracts';
import type { Db } from '@latchkey/event-store';
import { credentialOf, loadHistory, writeRow, type VaultStore } from './credential-rows.js';
import { dropEnded, keyPairOf } from './key-pairs.js';
import { isCreate } from './signed-attempts.js';

const attemptsOf = (envelope: Envelope) => {
  if (envelope.type !== 'SignaturesDecided') return [];
  const { data } = toLatest({ type: envelope.type, v: envelope.eventversion, data: envelope.data });
  const { items } = data as EventData<'SignaturesDecided'>;
  return items.filter(({ purpose, outcome }) => outcome === 'signed' && isCreate(purpose));
};

/**
 * What follows from events that a restored database got back: deletions are applied again (of pairs, too), states are as they were, and no attempt that was
 * signed before is signed for another string, or another key.
 */
export const projectImported =
  (store: Pick<VaultStore, 'load'>) =>
  async (tx: Db, envelopes: readonly Envelope[]): Promise<void> => {
    const ids = new Set(envelopes.map(({ streamid }) => credentialOf(streamid)).filter((id) => id !== undefined));
    for (const id of ids) await writeRow(tx, await loadHistory(store, tx, id));
    const pairs = new Set(envelopes.map(({ streamid }) => keyPairOf(streamid)).filter((id) => id !== undefined));
    for (const id of pairs) await dropEnded(tx, store, id);
    const attempts = envelopes.flatMap(attemptsOf);
    if (attempts.length === 0) return;
    await tx.query(
      `insert into signed_attempts (trade_id, leg, attempt, digest, key_fingerprint)
        select * from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[]) on conflict do nothing`,
      [
        attempts.map(({ tradeId }) => tradeId),
        attempts.map(({ leg }) => leg),
        attempts.map(({ attempt }) => attempt),
        attempts.map(({ payloadDigest }) => payloadDigest),
        attempts.map(({ keyFingerprint }) => keyFingerprint ?? null),
      ],
    );
  };
