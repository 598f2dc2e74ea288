import type { ConsumerDefinition } from '@latchkey/contracts';
import { origin, type Position } from '../domain/position.js';
import { EventStoreError } from '../errors.js';
import type { Db } from '../postgres/transaction.js';

/** A position as it stands in the consumer's database; `revision` changes whenever anybody moves it. */
export type StoredPosition = Position & { readonly revision: number };

type Row = { readonly epoch: string; readonly logseq: string; readonly revision: string };

export const loadPosition = async (db: Db, { durable, source }: ConsumerDefinition): Promise<StoredPosition> => {
  await db.query(
    'insert into consumer_positions (consumer, source, epoch, logseq) values ($1, $2, $3, $4) on conflict do nothing',
    [durable, source, origin.epoch, origin.logseq],
  );
  const found = await db.query<Row>('select epoch, logseq, revision from consumer_positions where consumer = $1', [durable]);
  const subjects = await db.query<{ subject: string; logseq: string }>(
    'select subject, logseq from consumer_subjects where consumer = $1',
    [durable],
  );
  const [row] = found.rows;
  return {
    epoch: Number(row?.epoch),
    logseq: Number(row?.logseq),
    revision: Number(row?.revision),
    subjects: new Map(subjects.rows.map(({ subject, logseq }) => [subject, Number(logseq)])),
  };
};

/**
 * Moves a position, unless somebody else has moved it: then another process is this consumer, and nothing of this transaction may stay.
 *
 * @throws {EventStoreError} `event_store.lease_lost`
 */
export const savePosition = async (db: Db, durable: string, from: StoredPosition, to: Position): Promise<StoredPosition> => {
  const moved = await db.query(
    `update consumer_positions set epoch = $3, logseq = $4, revision = revision + 1, updated_at = now() where consumer = $1 and revision = $2`,
    [durable, from.revision, to.epoch, to.logseq],
  );
  if (moved.rowCount !== 1) {
    throw new EventStoreError(
      'event_store.lease_lost',
      `another process moved the position of "${durable}"; this one stands back`,
      { consumer: durable },
    );
  }
  // What is not in the map any more lies behind the position, and its row does no harm; but in a new epoch the position may be a lower one.
  const entered = to.epoch !== from.epoch;
  if (entered)
    await db.query('update consumer_subjects set logseq = least(logseq, $2) where consumer = $1', [durable, to.logseq]);
  const changed = [...to.subjects].filter(([subject, logseq]) => entered || from.subjects.get(subject) !== logseq);
  if (changed.length > 0) {
    await db.query(
      `insert into consumer_subjects (consumer, subject, logseq) select $1, subject, logseq from unnest($2::text[], $3::bigint[]) as s (subject, logseq)
       on conflict (consumer, subject) do update set logseq = excluded.logseq`,
      [durable, changed.map(([subject]) => subject), changed.map(([, logseq]) => logseq)],
    );
  }
  return { ...to, revision: from.revision + 1 };
};

/**
 * Counts a delivery of the event that is next, in a transaction of its own before its handler runs: a handler that takes the process down, or
 * never answers, is counted too.
 *
 * @returns how often it was delivered, this time included
 * @throws {EventStoreError} `event_store.lease_lost`
 */
export const countAttempt = async (
  db: Db,
  durable: string,
  at: StoredPosition,
  event: { readonly epoch: number; readonly logseq: number },
): Promise<number> => {
  const counted = await db.query<{ attempts: number }>(
    `with relaxed as (select set_config('synchronous_commit', 'off', true) as setting)
     update consumer_positions set attempts = case when attempt_epoch = $3 and attempt_logseq = $4 then attempts + 1 else 1 end,
       attempt_epoch = $3, attempt_logseq = $4
     from relaxed where consumer = $1 and revision = $2 and relaxed.setting = 'off' returning attempts`,
    [durable, at.revision, event.epoch, event.logseq],
  );
  const attempts = counted.rows[0]?.attempts;
  if (attempts !== undefined) return attempts;
  throw new EventStoreError(
    'event_store.lease_lost',
    `another process moved the position of "${durable}"; this one stands back`,
    { consumer: durable },
  );
};

/** A delivery that failed for a reason of Postgres's own says nothing about the event. */
export const forgetAttempt = async (
  db: Db,
  durable: string,
  { epoch, logseq }: { readonly epoch: number; readonly logseq: number },
): Promise<void> => {
  await db.query(
    `update consumer_positions set attempts = greatest(attempts - 1, 0)
     where consumer = $1 and attempt_epoch = $2 and attempt_logseq = $3`,
    [durable, epoch, logseq],
  );
};
