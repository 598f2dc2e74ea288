import type { Envelope, RpcReply } from '@latchkey/contracts';
import { isAppError, messageOf } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { EventStoreError } from '../errors.js';
import { withTransaction, type Db, type Tx } from '../postgres/transaction.js';
import { received, type ReceivedEvent } from './received-event.js';

/** An event that a consumer could not handle, and why. */
export type DeadLetter = {
  /** The event's id. */
  readonly id: string;
  readonly consumer: string;
  readonly source: string;
  readonly epoch: number;
  readonly logseq: number;
  readonly subject: string;
  readonly envelope: Envelope;
  readonly reason: string;
  readonly deliveries: number;
  readonly parkedAt: Date;
  readonly replayedAt: Date | null;
};

const columns = `id, consumer, source, epoch::float8 as epoch, logseq::float8 as logseq, subject, envelope, reason, deliveries,
  parked_at as "parkedAt", replayed_at as "replayedAt"`;

/** What an operator reads: the code to search for, and the message. */
export const reasonOf = (error: unknown): string =>
  (isAppError(error) ? `${error.code}: ${error.message}` : messageOf(error)).slice(0, 500);

/** The dead letters of one consumer or of all, oldest first; those that were replayed only when asked for. */
export const listDeadLetters = async (
  db: Db,
  {
    consumer,
    replayed = false,
    limit = 200,
  }: { readonly consumer?: string; readonly replayed?: boolean; readonly limit?: number } = {},
): Promise<readonly DeadLetter[]> => {
  const found = await db.query<DeadLetter>(
    `select ${columns} from dead_letters where ($1::text is null or consumer = $1) and ($2 or replayed_at is null) order by parked_at, logseq limit $3`,
    [consumer ?? null, replayed, limit],
  );
  return found.rows;
};

/** For the query of that name: how many dead letters each consumer has that nobody has replayed, and the oldest of them. */
export const readDeadLetters = async (db: Db): Promise<RpcReply<'qry.audit.dead-letters'>> => {
  const found = await db.query<DeadLetter & { readonly count: number }>(
    `select distinct on (consumer) ${columns}, count(*) over (partition by consumer)::int as count
     from dead_letters where replayed_at is null order by consumer, parked_at, logseq`,
  );
  const consumers = found.rows.map(({ consumer, count, id, parkedAt, deliveries, reason }) => ({
    consumer,
    count,
    oldest: { eventId: id, parkedAt: parkedAt.toISOString(), deliveries, reason },
  }));
  return { consumers };
};

export const park = async (
  tx: Db,
  consumer: string,
  source: string,
  { envelope }: ReceivedEvent,
  deliveries: number,
  reason: string,
): Promise<void> => {
  await tx.query(
    `insert into dead_letters (id, consumer, source, epoch, logseq, subject, envelope, reason, deliveries)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (consumer, id) do update set reason = excluded.reason, deliveries = dead_letters.deliveries + excluded.deliveries,
       parked_at = now(), replay_requested = false, replayed_at = null`,
    [
      envelope.id,
      consumer,
      source,
      envelope.epoch,
      envelope.logseq,
      envelope.subject,
      JSON.stringify(envelope),
      reason,
      deliveries,
    ],
  );
};

/**
 * Asks the consumer to handle a dead letter again; it does so within its next tick, outside the order of the log, and under all the rules that
 * hold for a late event.
 *
 * @param id the event's id
 * @throws {EventStoreError} `event_store.dead_letter_not_found`
 */
export const requestDeadLetterReplay = async (db: Db, consumer: string, id: string): Promise<void> => {
  const requested = await db.query(
    'update dead_letters set replay_requested = true where consumer = $1 and id = $2 and replayed_at is null',
    [consumer, id],
  );
  if (requested.rowCount === 1) return;
  throw new EventStoreError(
    'event_store.dead_letter_not_found',
    `"${consumer}" has no open dead letter "${id}"; list them first`,
    { consumer, id },
  );
};

const takeRequested = async (tx: Tx, consumer: string) => {
  const found = await tx.query<DeadLetter>(
    `select ${columns} from dead_letters where consumer = $1 and replay_requested and replayed_at is null
     order by logseq limit 1 for update skip locked`,
    [consumer],
  );
  return found.rows[0];
};

/** Handles one requested dead letter; false when there was none. A failure is written down and ends the request. */
export const replayRequested = async (
  pool: Pool,
  consumer: string,
  handle: (tx: Tx, events: readonly ReceivedEvent[]) => Promise<void>,
  timeoutMs: number,
): Promise<boolean> => {
  let letter: DeadLetter | undefined;
  const replay = async (tx: Tx) => {
    letter = await takeRequested(tx, consumer);
    if (!letter) return;
    await handle(tx, [received(letter.envelope)]);
    await tx.query('update dead_letters set replayed_at = now(), replay_requested = false where consumer = $1 and id = $2', [
      consumer,
      letter.id,
    ]);
  };
  try {
    await withTransaction(pool, replay, { timeoutMs });
  } catch (error) {
    if (!letter) throw error;
    await pool.query(
      `update dead_letters set replay_requested = false, deliveries = deliveries + 1, reason = $3 where consumer = $1 and id = $2`,
      [consumer, letter.id, reasonOf(error)],
    );
  }
  return letter !== undefined;
};
