import type { Db } from '@latchkey/event-store';
import type { CredentialId } from '@latchkey/kernel';
import type { JudgedItem } from '../../app/ports.js';
import { maxVerificationStrings } from '../../domain/credential/credential.js';
import { credentialDecider } from '../../domain/credential/decide.js';
import { isStateOf } from '../../domain/credential/integrity.js';
import { refusalToSign } from '../../domain/credential/signing-policy.js';

/** An item on its way through a transaction; `refusal` is filled in by the first check that says no. */
export type PendingItem = { readonly item: JudgedItem; readonly nowMs: number; refusal: string | undefined };

const open = (items: readonly PendingItem[]): readonly PendingItem[] => items.filter(({ refusal }) => refusal === undefined);

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

const attemptOf = ({ item: { record } }: PendingItem): string | undefined =>
  record.purpose === 'open' || record.purpose === 'close' ? `${record.tradeId}/${record.leg}/${record.attempt}` : undefined;

/** One string per attempt: the first one claims it, the same one may be signed again, another one never. */
export const claimAttempts = async (tx: Db, items: readonly PendingItem[]): Promise<void> => {
  const digests = new Map<string, string>();
  for (const pending of open(items)) {
    const attempt = attemptOf(pending);
    if (attempt !== undefined && !digests.has(attempt)) digests.set(attempt, pending.item.record.payloadDigest);
  }
  if (digests.size === 0) return;
  // In one order everywhere, so that two groups with the same attempts wait for each other instead of locking each other out.
  const attempts = [...digests].sort(([a], [b]) => (a < b ? -1 : 1));
  const columns = attempts.map(([attempt]) => attempt.split('/'));
  const keys = [
    columns.map(([tradeId]) => tradeId),
    columns.map(([, leg]) => leg),
    columns.map(([, , attempt]) => Number(attempt)),
  ];
  const inserted = await tx.query<{ attempt: string }>({
    name: 'vault-claim-attempts',
    text: `insert into signed_attempts (trade_id, leg, attempt, digest)
      select * from unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) on conflict do nothing
      returning trade_id || '/' || leg || '/' || attempt as attempt`,
    values: [...keys, attempts.map(([, digest]) => digest)],
  });
  if (inserted.rows.length < attempts.length) {
    const stored = await tx.query<{ attempt: string; digest: string }>({
      name: 'vault-read-attempts',
      text: `select trade_id || '/' || leg || '/' || attempt as attempt, digest from signed_attempts
        where (trade_id, leg, attempt) in (select * from unnest($1::uuid[], $2::text[], $3::int[]))`,
      values: keys,
    });
    for (const { attempt, digest } of stored.rows) digests.set(attempt, digest);
  }
  for (const pending of open(items)) {
    const attempt = attemptOf(pending);
    const taken = attempt !== undefined && digests.get(attempt) !== pending.item.record.payloadDigest;
    if (taken) pending.refusal = 'vault.attempt_already_signed';
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
