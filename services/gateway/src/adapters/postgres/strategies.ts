import { groupCommit, withDeadline, type StrategyId, type UserId } from '@latchkey/kernel';
import { createAggregate, withTransaction, type Tx } from '@latchkey/event-store';
import type { Pool } from 'pg';
import type { Strategies, StrategyRow } from '../../app/ports.js';
import { strategyDecider, type StrategyCommand } from '../../domain/strategy/strategy.js';
import { hashOfToken, sameHash, type WebhookToken } from '../../domain/strategy/webhook-token.js';
import { metadataOf, streamOfStrategy, type GatewayEventStore } from './event-log.js';
import { pageFrom, pageStart } from './paging.js';

type Row = { id: string; owner_id: string; name: string; created_at: Date; deleted_at: Date | null; token_hash: Buffer | null };

const columns = 'id, owner_id, name, created_at, deleted_at, token_hash';
const own = 'id = $1 and owner_id = $2 and deleted_at is null';

const strategyOf = (row: Row): StrategyRow => ({
  id: row.id as StrategyId,
  ownerId: row.owner_id as UserId,
  name: row.name,
  createdAt: row.created_at.toISOString(),
  deleted: row.deleted_at !== null,
});

const findByHash = `select ${columns} from strategies where token_hash = any($1::bytea[]) and deleted_at is null`;
const lookupTimeoutMs = 1_500;

type Deps = { readonly pool: Pool; readonly store: GatewayEventStore; readonly wakeRelay: () => void };

/** Strategies in Postgres: each change is an event and a row, in one transaction. */
export const createStrategyStore = ({ pool, store, wakeRelay }: Deps): Strategies => {
  const aggregate = createAggregate({ store, decider: strategyDecider, streamOf: streamOfStrategy });

  const one = async (text: string, values: readonly unknown[]): Promise<Row | undefined> =>
    (await pool.query<Row>({ text, values: [...values] })).rows[0];

  /** The row lock makes two changes at the same time come one after the other. */
  const change = async (
    id: StrategyId,
    ownerId: UserId,
    command: StrategyCommand,
    context: Parameters<Strategies['remove']>[2],
    update: (tx: Tx) => Promise<unknown>,
  ): Promise<StrategyRow | undefined> => {
    const changed = await withTransaction(pool, async (tx) => {
      const { rows } = await tx.query<Row>(`select ${columns} from strategies where ${own} for update`, [id, ownerId]);
      if (!rows[0]) return undefined;
      await aggregate.handle(tx, id, command, metadataOf(context));
      await update(tx);
      return strategyOf(rows[0]);
    });
    wakeRelay();
    return changed;
  };

  // Look-ups of one moment share a round trip and are answered in their order, so that alerts keep their order of arrival on the way on.
  const byToken = groupCommit<WebhookToken, StrategyRow | undefined>({
    maxWaitMs: 0,
    maxJobs: 200,
    run: async (tokens) => {
      const hashes = tokens.map(hashOfToken);
      const { rows } = await withDeadline('finding strategies', lookupTimeoutMs, () =>
        pool.query<Row>({ name: 'strategies-by-token', text: findByHash, values: [hashes] }),
      );
      return hashes.map((hash) => {
        const row = rows.find(({ token_hash: stored }) => stored !== null && sameHash(hash, stored));
        return row && strategyOf(row);
      });
    },
  });

  return {
    create: async ({ id, ownerId, name }, token, context) => {
      await withTransaction(pool, async (tx) => {
        const command: StrategyCommand = { type: 'CreateStrategy', data: { strategyId: id, ownerId, name } };
        const [created] = await aggregate.handle(tx, id, command, metadataOf(context));
        await tx.query('insert into strategies (id, owner_id, name, token_hash, created_at) values ($1, $2, $3, $4, $5)', [
          id,
          ownerId,
          name,
          hashOfToken(token),
          created?.time,
        ]);
      });
      wakeRelay();
    },

    rotateToken: (id, ownerId, token, context) =>
      change(id, ownerId, { type: 'RotateToken' }, context, (tx) =>
        tx.query('update strategies set token_hash = $2 where id = $1', [id, hashOfToken(token)]),
      ),

    remove: (id, ownerId, context) =>
      change(id, ownerId, { type: 'DeleteStrategy' }, context, (tx) =>
        tx.query('update strategies set token_hash = null, deleted_at = now() where id = $1', [id]),
      ),

    find: async (id) => {
      const row = await one(`select ${columns} from strategies where id = $1`, [id]);
      return row && strategyOf(row);
    },

    list: async (ownerId, page) => {
      const text = `select ${columns} from strategies where owner_id = $1 and deleted_at is null and id < $2 order by id desc limit $3`;
      const { rows } = await pool.query<Row>(text, [ownerId, pageStart(page), page.limit + 1]);
      return pageFrom(rows, page, ({ id }) => id, strategyOf);
    },

    byToken,
  };
};
