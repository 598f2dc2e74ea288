import type { SignPurpose } from '@latchkey/contracts';
import type { Db } from '@latchkey/event-store';
import { open, type PendingItem } from './signing-checks.js';

/** Strings for these purposes place an order. */
export const isCreate = (purpose: SignPurpose): boolean => purpose === 'open' || purpose === 'close';

type Attempt = { readonly digest: string; readonly key: string | null };
type Stored = Attempt & { readonly leg: string; readonly attempt: number };

/** `undefined` for a string that is bound to no trade. */
const legOf = ({ item: { record } }: PendingItem): string | undefined =>
  record.tradeId === undefined || record.leg === undefined ? undefined : `${record.tradeId}/${record.leg}`;

const attemptOf = (pending: PendingItem): string | undefined => {
  const leg = legOf(pending);
  return leg === undefined ? undefined : `${leg}/${pending.item.record.attempt}`;
};

const keyOf = ({ item }: PendingItem): string | null => item.keyFingerprint ?? null;

const isSameKey = (pending: PendingItem, key: string | null): boolean => key !== null && key === keyOf(pending);

/** Everything that was signed for those legs, in whatever attempt. */
const readLegs = async (tx: Db, legs: Iterable<string>): Promise<readonly Stored[]> => {
  const columns = [...new Set(legs)].map((leg) => leg.split('/'));
  const { rows } = await tx.query<Stored>({
    name: 'vault-read-attempts',
    text: `select trade_id || '/' || leg as leg, attempt, digest, key_fingerprint as key from signed_attempts
      where (trade_id, leg) in (select * from unnest($1::uuid[], $2::text[]))`,
    values: [columns.map(([tradeId]) => tradeId), columns.map(([, leg]) => leg)],
  });
  return rows;
};

/** Claims what nobody has claimed, except for legs of which something was signed with another key. @returns how many */
const insertClaims = async (tx: Db, claims: readonly (readonly [string, Attempt])[]): Promise<number> => {
  const columns = claims.map(([attempt]) => attempt.split('/'));
  const { rowCount } = await tx.query({
    name: 'vault-claim-attempts',
    text: `insert into signed_attempts (trade_id, leg, attempt, digest, key_fingerprint)
      select * from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[]) as n(trade_id, leg, attempt, digest, key)
      where not exists (
        select from signed_attempts s where s.trade_id = n.trade_id and s.leg = n.leg and s.key_fingerprint is distinct from n.key
      )
      on conflict do nothing`,
    values: [
      columns.map(([tradeId]) => tradeId),
      columns.map(([, leg]) => leg),
      columns.map(([, , attempt]) => Number(attempt)),
      claims.map(([, { digest }]) => digest),
      claims.map(([, { key }]) => key),
    ],
  });
  return rowCount ?? 0;
};

/**
 * One string per attempt, signed with one key: the first one claims it, the same one may be signed again, another one never. A further
 * attempt under another key could be a second order, in another account.
 */
export const claimAttempts = async (tx: Db, items: readonly PendingItem[]): Promise<void> => {
  const creates = open(items).filter(({ item }) => isCreate(item.record.purpose));
  const claimed = new Map<string, Attempt>();
  for (const pending of creates) {
    const attempt = attemptOf(pending);
    if (attempt !== undefined && !claimed.has(attempt))
      claimed.set(attempt, { digest: pending.item.record.payloadDigest, key: keyOf(pending) });
  }
  if (claimed.size === 0) return;
  // In one order everywhere, so that two groups with the same attempts wait for each other instead of locking each other out.
  const claims = [...claimed].toSorted(([a], [b]) => (a < b ? -1 : 1));
  if ((await insertClaims(tx, claims)) < claims.length) {
    const stored = await readLegs(
      tx,
      creates.map(legOf).filter((leg) => leg !== undefined),
    );
    // What was not inserted is nobody's claim, unless it stands in the table.
    claimed.clear();
    for (const { leg, attempt, digest, key } of stored) claimed.set(`${leg}/${attempt}`, { digest, key });
  }
  for (const pending of creates) {
    const claim = claimed.get(attemptOf(pending) ?? '');
    // Of an attempt that was signed before, whoever asks has to learn just that: its order may stand.
    if (!claim) pending.refusal = 'vault.key_replaced';
    else if (claim.digest !== pending.item.record.payloadDigest || !isSameKey(pending, claim.key))
      pending.refusal = 'vault.attempt_already_signed';
  }
};

const servesAttempt: ReadonlySet<SignPurpose> = new Set(['read', 'cancel', 'configure']);

/**
 * What another key sees is another account, perhaps: it proves nothing about an order that was signed with the one before, cancels nothing of
 * it, and sets nothing for its next attempt. Also for an attempt that was never signed (a restored database asks for those) when another one of its leg was.
 */
export const checkKeysOfAttempts = async (tx: Db, items: readonly PendingItem[]): Promise<void> => {
  const asking = open(items).filter(({ item }) => servesAttempt.has(item.record.purpose));
  const legs = asking.map(legOf).filter((leg) => leg !== undefined);
  if (legs.length === 0) return;
  const stored = Map.groupBy(await readLegs(tx, legs), ({ leg }) => leg);
  for (const pending of asking) {
    const signed = stored.get(legOf(pending) ?? '') ?? [];
    if (!signed.every(({ key }) => isSameKey(pending, key))) pending.refusal = 'vault.key_replaced';
  }
};
