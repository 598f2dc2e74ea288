import type { Db } from '@latchkey/event-store';
import type { CredentialId } from '@latchkey/kernel';
import type { JudgedItem } from '../../app/ports.js';
import { maxVerificationStrings } from '../../domain/credential/credential.js';
import { credentialDecider } from '../../domain/credential/decide.js';
import { isStateOf } from '../../domain/credential/integrity.js';
import { refusalToSign } from '../../domain/credential/signing-policy.js';

/** An item on its way through a transaction; `refusal` is filled in by the first check that says no. */
export type PendingItem = { readonly item: JudgedItem; readonly nowMs: number; refusal: string | undefined };

/** Those that nothing was said against yet. */
export const open = (items: readonly PendingItem[]): readonly PendingItem[] =>
  items.filter(({ refusal }) => refusal === undefined);

/**
 * The state of each credential as it is now, locked until the record is committed: a deletion waits for the signatures that came before it,
 * and none comes after it.
 */
export const checkStates = async (tx: Db, items: readonly PendingItem[]): Promise<void> => {
  const ids = [...new Set(open(items).map(({ item }) => item.credentialId))].sort();
  if (ids.length === 0) return;
  const { rows } = await tx.query<{ credential_id: CredentialId; state: unknown; saved_version: number }>({
    name: 'vault-lock-credentials',
    text: 'select credential_id, state, saved_version from credentials where credential_id = any($1::uuid[]) order by credential_id for share',
    values: [ids],
  });
  const locked = new Map(rows.map((row) => [row.credential_id, row]));
  for (const pending of open(items)) {
    const { credentialId, record } = pending.item;
    const row = locked.get(credentialId);
    const state = row !== undefined && isStateOf(credentialId, row.state) ? row.state : credentialDecider.initial;
    const refusal = refusalToSign(state, record.purpose, pending.nowMs);
    // Signed with the key that stood there a moment ago: another one was saved meanwhile.
    const replaced = row?.saved_version !== pending.item.savedVersion;
    pending.refusal = refusal ?? (replaced ? 'vault.conflict' : undefined);
  }
};

type Verification = {
  readonly verification_id: string;
  readonly credential_id: CredentialId;
  readonly ends_ms: number;
  readonly digests: string[];
};

const refusalOfVerification = ({ item, nowMs }: PendingItem, row: Verification | undefined): string | undefined => {
  if (row?.credential_id !== item.credentialId || row.ends_ms < nowMs) return 'vault.verification_not_open';
  const digest = item.record.payloadDigest;
  if (row.digests.includes(digest)) return undefined;
  if (row.digests.length >= maxVerificationStrings) return 'vault.verification_used_up';
  row.digests.push(digest);
  return undefined;
};

/** A few strings for each verification, while it is open. */
export const countVerificationStrings = async (tx: Db, items: readonly PendingItem[]): Promise<void> => {
  const verifying = open(items).filter(({ item }) => item.record.purpose === 'verify');
  if (verifying.length === 0) return;
  const ids = [...new Set(verifying.map(({ item }) => item.record.verificationId ?? ''))].sort();
  const { rows } = await tx.query<Verification>(
    `select verification_id, credential_id, (extract(epoch from expires_at) * 1000)::float8 as ends_ms, digests
      from verifications where verification_id = any($1::uuid[]) order by verification_id for update`,
    [ids],
  );
  const found = new Map(rows.map((row) => [row.verification_id, row]));
  for (const pending of verifying) {
    pending.refusal = refusalOfVerification(pending, found.get(pending.item.record.verificationId ?? ''));
  }
  for (const { verification_id, digests } of rows) {
    await tx.query('update verifications set digests = $2 where verification_id = $1', [verification_id, digests]);
  }
};
