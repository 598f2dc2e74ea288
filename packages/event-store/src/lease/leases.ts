import { EventStoreError } from '../errors.js';
import type { Db } from '../postgres/transaction.js';

/** A lease that was given. `epoch` is the proof: it grows with every change of holder. */
export type HeldLease = { readonly name: string; readonly epoch: number };

type Holder = { readonly holder: string; readonly ttlMs: number };

const held = (rows: readonly { name: string; epoch: string }[]): readonly HeldLease[] =>
  rows.map(({ name, epoch }) => ({ name, epoch: Number(epoch) }));

/**
 * Takes those of the named leases that nobody holds (at most `limit`). All times are this database's, so that clocks of processes do not matter;
 * rows locked by somebody who is just taking or checking them are left alone.
 *
 * @param holder unique per process, not only per service: whoever has the same name is the same process to a lease
 */
export const claimLeases = async (
  db: Db,
  { names, limit = names.length, holder, ttlMs }: Holder & { readonly names: readonly string[]; readonly limit?: number },
): Promise<readonly HeldLease[]> => {
  await db.query(
    `insert into leases (name, holder, epoch, expires_at) select name, '', 0, '-infinity' from unnest($1::text[]) as n (name)
     where not exists (select from leases l where l.name = n.name) on conflict do nothing`,
    [names],
  );
  const taken = await db.query<{ name: string; epoch: string }>(
    `with free as (
       select name from leases where name = any($1::text[]) and expires_at < clock_timestamp()
       order by name limit $2 for update skip locked
     )
     update leases set holder = $3, epoch = epoch + 1, expires_at = clock_timestamp() + $4 * interval '1 ms'
     from free where leases.name = free.name
     returning leases.name, leases.epoch`,
    [names, limit, holder, ttlMs],
  );
  return held(taken.rows);
};

/** Prolongs leases; those that somebody else has taken meanwhile are missing from the answer. One that merely ran out is still one's own. */
export const renewLeases = async (
  db: Db,
  { leases, holder, ttlMs }: Holder & { readonly leases: readonly HeldLease[] },
): Promise<readonly HeldLease[]> => {
  const renewed = await db.query<{ name: string; epoch: string }>(
    `with mine as (
       select l.name from leases l join unnest($1::text[], $2::bigint[]) as m (name, epoch) on m.name = l.name and m.epoch = l.epoch
       where l.holder = $3 order by l.name for update of l
     )
     update leases set expires_at = clock_timestamp() + $4 * interval '1 ms'
     from mine where leases.name = mine.name
     returning leases.name, leases.epoch`,
    [leases.map(({ name }) => name), leases.map(({ epoch }) => epoch), holder, ttlMs],
  );
  return held(renewed.rows);
};

/** Gives leases back, so that the next holder need not wait for them to run out. */
export const releaseLeases = async (db: Db, leases: readonly HeldLease[]): Promise<void> => {
  await db.query(
    `update leases set expires_at = '-infinity' from unnest($1::text[], $2::bigint[]) as m (name, epoch)
     where leases.name = m.name and leases.epoch = m.epoch`,
    [leases.map(({ name }) => name), leases.map(({ epoch }) => epoch)],
  );
};

/**
 * Inside a transaction: whoever holds this lease keeps it until the transaction ends, so what is written here is written under it.
 *
 * @throws {EventStoreError} `event_store.lease_lost`
 */
export const assertLease = async (tx: Db, { name, epoch }: HeldLease): Promise<void> => {
  // FOR SHARE, not KEY SHARE: a take-over changes no key, and must wait for this transaction.
  const found = await tx.query<{ epoch: string }>('select epoch from leases where name = $1 for share', [name]);
  if (Number(found.rows[0]?.epoch) === epoch) return;
  throw new EventStoreError('event_store.lease_lost', `lease "${name}" belongs to somebody else now; stop the work under it`, {
    name,
    epoch,
  });
};
