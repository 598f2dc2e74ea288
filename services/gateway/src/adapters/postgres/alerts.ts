import type { MissedAlert } from '@latchkey/contracts';
import { createGroupAppender, withTransaction, type Tx } from '@latchkey/event-store';
import { groupCommit, newId, withDeadline, type Clock, type SignalId } from '@latchkey/kernel';
import { outsideOfTraces } from '@latchkey/tracing';
import type { Pool } from 'pg';
import { refusal } from '../../app/errors.js';
import type { AlertRow, Alerts, AlertToTake, Taken } from '../../app/ports.js';
import { marketKeyOf } from '../../domain/alert/ticker.js';
import { metadataOf, streamOfAlert, streamOfSignals, type GatewayEventStore } from './event-log.js';
import { pageFrom, pageStart } from './paging.js';
import {
  decideGroup,
  type GroupOutcome,
  type KnownBody,
  type KnownKey,
  type NewSignal,
  type Past,
  type ToldPosition,
} from './take-group.js';

type Deps = { readonly pool: Pool; readonly store: GatewayEventStore; readonly wakeRelay: () => void; readonly clock: Clock };

// Shorter than what a webhook waits for its answer, so that a database that hangs does not hold up the alerts behind.
const groupTimeoutMs = 1_500;

const lockStrategies =
  'select id, signal_count from strategies where id = any($1::uuid[]) and deleted_at is null order by id for update';

const findKeys = `
  select s.strategy_id as "strategyId", s.idempotency_key as key, s.id as "signalId", s.body_digest as "bodyDigest"
  from unnest($1::uuid[], $2::text[]) as asked (strategy_id, key)
  join signals s on s.strategy_id = asked.strategy_id and s.idempotency_key = asked.key`;

const findBodies = `
  select asked.strategy_id as "strategyId", asked.digest as "bodyDigest", s.id as "signalId", s.received_at as "receivedAt"
  from (select distinct * from unnest($1::uuid[], $2::text[]) as pair (strategy_id, digest)) as asked
  cross join lateral (
    select id, received_at from signals
    where strategy_id = asked.strategy_id and body_digest = asked.digest order by sequence desc limit 1
  ) s`;

const findPositions = `
  select distinct t.strategy_id as "strategyId", t.symbol, t.position
  from unnest($1::uuid[], $2::text[]) as asked (strategy_id, symbol)
  join told_positions t on t.strategy_id = asked.strategy_id and t.symbol = asked.symbol`;

const saveAll = `
  with counted as (
    update strategies set signal_count = c.total from unnest($1::uuid[], $2::int[]) as c (id, total) where strategies.id = c.id
  ), repeated as (
    update signals set duplicates = duplicates + r.times from unnest($3::uuid[], $4::int[]) as r (id, times) where signals.id = r.id
  ), told as (
    insert into told_positions as known (strategy_id, symbol, position)
    select * from unnest($15::uuid[], $16::text[], $17::text[])
    on conflict (strategy_id, symbol) do update set position = excluded.position where known.position is distinct from excluded.position
  )
  insert into signals (id, strategy_id, owner_id, sequence, received_at, idempotency_key, body_digest, signal, traceparent, duplicates)
  select * from unnest($5::uuid[], $6::uuid[], $7::text[], $8::int[], $9::timestamptz[], $10::text[], $11::text[], $12::jsonb[],
    $13::text[], $14::int[])`;

const readPast = async (tx: Tx, alerts: readonly AlertToTake[]): Promise<Past> => {
  const strategyIds = [...new Set(alerts.map(({ strategyId }) => strategyId))];
  const locked = await tx.query<{ id: string; signal_count: number }>({
    name: 'alerts-lock',
    text: lockStrategies,
    values: [strategyIds],
  });
  const keyed = alerts.flatMap(({ strategyId, sameness }) =>
    sameness.kind === 'fixed' ? [{ strategyId, key: sameness.key }] : [],
  );
  const unkeyed = alerts.filter(({ sameness }) => sameness.kind === 'window');
  const keys =
    keyed.length === 0
      ? []
      : (
          await tx.query<KnownKey>({
            name: 'alerts-keys',
            text: findKeys,
            values: [keyed.map(({ strategyId }) => strategyId), keyed.map(({ key }) => key)],
          })
        ).rows;
  const bodies =
    unkeyed.length === 0
      ? []
      : (
          await tx.query<Omit<KnownBody, 'receivedAtMs'> & { receivedAt: Date }>({
            name: 'alerts-bodies',
            text: findBodies,
            values: [unkeyed.map(({ strategyId }) => strategyId), unkeyed.map(({ bodyDigest }) => bodyDigest)],
          })
        ).rows;
  const telling = alerts.filter(({ signal }) => signal.prevMarketPosition !== undefined);
  const positions =
    telling.length === 0
      ? []
      : (
          await tx.query<ToldPosition>({
            name: 'alerts-positions',
            text: findPositions,
            values: [telling.map(({ strategyId }) => strategyId), telling.map(({ signal }) => marketKeyOf(signal.market))],
          })
        ).rows;
  return {
    counts: new Map(locked.rows.map(({ id, signal_count: count }) => [id, count])),
    keys,
    positions,
    bodies: bodies.map(({ receivedAt, ...known }) => ({ ...known, receivedAtMs: receivedAt.getTime() })),
  };
};

/** An append takes a stream once, with one correlation; so the k-th signals of all strategies go together. */
const rounds = (signals: readonly NewSignal[]): readonly (readonly NewSignal[])[] => {
  const made: NewSignal[][] = [];
  const next = new Map<string, number>();
  for (const signal of signals) {
    const { strategyId } = signal.alert;
    const round = next.get(strategyId) ?? 0;
    next.set(strategyId, round + 1);
    (made[round] ??= []).push(signal);
  }
  return made;
};

const save = async (tx: Tx, { signals, repeated, positions }: Omit<GroupOutcome, 'answers'>): Promise<void> => {
  const totals = new Map(signals.map(({ event }) => [event.data.strategyId, event.data.sequence]));
  const column = (pick: (signal: NewSignal) => unknown) => signals.map(pick);
  await tx.query({
    name: 'alerts-save',
    text: saveAll,
    values: [
      [...totals.keys()],
      [...totals.values()],
      [...repeated.keys()],
      [...repeated.values()],
      column(({ event }) => event.data.signalId),
      column(({ event }) => event.data.strategyId),
      column(({ event }) => event.data.ownerId),
      column(({ event }) => event.data.sequence),
      column(({ event }) => event.data.receivedAt),
      column(({ key }) => key),
      column(({ alert }) => alert.bodyDigest),
      column(({ event }) => JSON.stringify(event.data.signal)),
      column(({ alert }) => alert.context.traceparent ?? ''),
      column(({ duplicates }) => duplicates),
      positions.map(({ strategyId }) => strategyId),
      positions.map(({ symbol }) => symbol),
      positions.map(({ position }) => position),
    ],
  });
};

/** Alerts in Postgres. What arrives at the same time is stored in one transaction; a strategy's row lock is its order of arrival. */
export const createAlertStore = ({ pool, store, wakeRelay, clock }: Deps): Alerts => {
  const takeTogether = (alerts: readonly AlertToTake[]): Promise<readonly Taken[]> =>
    withTransaction(pool, async (tx) => {
      const { answers, ...outcome } = decideGroup(alerts, await readPast(tx, alerts));
      const { signals, repeated } = outcome;
      for (const round of rounds(signals)) {
        await store.append(
          tx,
          round.map(({ alert, event }) => ({
            streamId: streamOfSignals(alert.strategyId),
            expectedVersion: event.data.sequence - 1,
            events: [event],
            metadata: metadataOf(alert.context),
          })),
        );
      }
      if (signals.length > 0 || repeated.size > 0) await save(tx, outcome);
      return answers;
    });

  const take = groupCommit<AlertToTake, Taken | 'late'>({
    maxWaitMs: 0,
    maxJobs: 200,
    run: outsideOfTraces(async (jobs: readonly AlertToTake[]) => {
      const waiting = jobs.filter(({ deadlineMs }) => deadlineMs > clock.now());
      const taken = waiting.length === 0 ? [] : await withDeadline('storing alerts', groupTimeoutMs, () => takeTogether(waiting));
      wakeRelay();
      const answers = new Map(waiting.map((job, i) => [job, taken[i]]));
      return jobs.map((job) => answers.get(job) ?? 'late');
    }),
  });

  const append = createGroupAppender({ pool, store, afterCommit: wakeRelay });

  return {
    take: async (alert) => {
      const taken = await take(alert);
      if (taken === 'late') throw refusal('alert.not_stored');
      return taken;
    },

    refuse: async ({ strategyId, ownerId, receivedAtMs, code, message, field, bodyDigest, context }) => {
      const id = newId();
      const receivedAt = new Date(receivedAtMs).toISOString();
      const data = { strategyId, ownerId, code, receivedAt, bodyDigest };
      const event = { type: 'AlertRefused', v: 1, data } as const;
      await append({
        appends: [{ streamId: streamOfAlert(id), expectedVersion: 0, events: [event], metadata: metadataOf(context) }],
        project: async (tx) => {
          const text =
            'insert into refused_alerts (id, strategy_id, received_at, code, message, field) values ($1, $2, $3, $4, $5, $6)';
          await tx.query(text, [id, strategyId, receivedAt, code, message, field ?? null]);
        },
      });
    },

    findByKey: async (strategyId, key) => {
      const text = 'select id from signals where strategy_id = $1 and idempotency_key = $2';
      return (await pool.query<{ id: SignalId }>(text, [strategyId, key])).rows[0]?.id;
    },

    list: async (strategyId, page) => {
      const { rows } = await pool.query<ListedRow>(listed, [strategyId, pageStart(page), page.limit + 1]);
      return pageFrom(rows, page, ({ id }) => id, alertOf);
    },
  };
};

type ListedRow = {
  id: string;
  received_at: Date;
  refused: boolean;
  duplicates: number;
  missed: MissedAlert | null;
  code: string;
  message: string;
  field: string | null;
};

const listed = `
  (select id, received_at, false as refused, duplicates, signal -> 'missed' as missed, '' as code, '' as message, null as field
    from signals where strategy_id = $1 and id < $2 order by id desc limit $3)
  union all
  (select id, received_at, true, 0, null, code, message, field
    from refused_alerts where strategy_id = $1 and id < $2 order by id desc limit $3)
  order by id desc limit $3`;

const alertOf = ({ id, received_at, refused, duplicates, missed, code, message, field }: ListedRow): AlertRow => {
  const seen = { id, receivedAt: received_at.toISOString() };
  if (!refused) return { ...seen, status: 'accepted', signalId: id as SignalId, duplicates, ...(missed && { missed }) };
  return { ...seen, status: 'refused', code, message, ...(field !== null && { field }) };
};
