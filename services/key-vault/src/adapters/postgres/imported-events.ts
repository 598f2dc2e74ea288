import { toLatest, type Envelope, type EventData } from '@latchkey/contracts';
import type { Db } from '@latchkey/event-store';
import type { CredentialId } from '@latchkey/kernel';
import { credentialOf, loadHistory, writeRow, type VaultStore } from './credential-rows.js';
import { dropEnded, keyPairOf } from './key-pairs.js';
import { isCreate } from './signed-attempts.js';

const attemptsOf = (envelope: Envelope) => {
  if (envelope.type !== 'SignaturesDecided') return [];
  const { data } = toLatest({ type: envelope.type, v: envelope.eventversion, data: envelope.data });
  const { items } = data as EventData<'SignaturesDecided'>;
  return items.filter(({ purpose, outcome }) => outcome === 'signed' && isCreate(purpose));
};

const dataOf = <Type extends 'SealingKeyDestroyed' | 'EncryptionKeyRetired'>(envelopes: readonly Envelope[], type: Type) =>
  envelopes
    .filter((envelope) => envelope.type === type)
    .map(({ eventversion, data }) => toLatest({ type, v: eventversion, data }).data as EventData<Type>);

/** Keys that were destroyed or retired are so again. What is still encrypted under a retired one waits for the operator: it has to be rotated. */
const applyEndsOfKeys = async (tx: Db, envelopes: readonly Envelope[]): Promise<void> => {
  const destroyed = dataOf(envelopes, 'SealingKeyDestroyed').map(({ kid }) => kid);
  if (destroyed.length > 0) await tx.query('delete from sealing_keys where kid = any($1)', [destroyed]);
  for (const { keyId, retiredAt } of dataOf(envelopes, 'EncryptionKeyRetired'))
    await tx.query('insert into retired_keys (key_id, retired_at) values ($1, $2) on conflict do nothing', [keyId, retiredAt]);
};

const inOrder = (ids: readonly (CredentialId | undefined)[]): readonly CredentialId[] =>
  [...new Set(ids.filter((id) => id !== undefined))].toSorted();

/** A secret of an earlier save than the newest one is of no key any more: one that was deleted while the next save was not back yet would stay. */
const dropReplaced = (tx: Db, id: CredentialId) =>
  tx.query(
    `delete from credential_secrets s using credentials c
      where s.credential_id = $1 and c.credential_id = s.credential_id and s.saved_version <> c.saved_version`,
    [id],
  );

/**
 * What follows from events that a restored database got back: deletions are applied again (of pairs, too), states are as they were, and no attempt that was
 * signed before is signed for another string, or another key.
 */
export const projectImported =
  (store: Pick<VaultStore, 'load'>) =>
  async (tx: Db, envelopes: readonly Envelope[]): Promise<void> => {
    // In the order of their ids, as signing locks them: of two that go another way each could wait for the other.
    const ids = inOrder(envelopes.map(({ streamid }) => credentialOf(streamid)));
    for (const id of ids) {
      await writeRow(tx, await loadHistory(store, tx, id));
      await dropReplaced(tx, id);
    }
    const pairs = inOrder(envelopes.map(({ streamid }) => keyPairOf(streamid)));
    for (const id of pairs) await dropEnded(tx, store, id);
    await applyEndsOfKeys(tx, envelopes);
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
