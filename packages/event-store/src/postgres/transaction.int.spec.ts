import { AppError } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logDatabase, quiet, type LogDatabase } from '../testing/fixture.js';
import { assertDurable, createPool } from './pool.js';
import { withTransaction, type Tx } from './transaction.js';

let db: LogDatabase;
beforeAll(async () => {
  db = await logDatabase('gateway', 'create table notes (body text); grant select, insert, delete on notes to gateway');
});
afterAll(() => db.remove());

const note = (tx: Tx, body: string) => tx.query('insert into notes values ($1)', [body]);
const notes = async () => (await db.admin<{ body: string }>('select body from notes')).map(({ body }) => body);
const endSession = (tx: Tx) => db.admin('select pg_terminate_backend($1)', [(tx as unknown as { processID: number }).processID]);

describe('a transaction', () => {
  it('is committed when its work ends, and rolled back when it throws', async () => {
    expect(await withTransaction(db.pool, async (tx) => (await note(tx, 'kept')).rowCount)).toBe(1);
    const refusal = new AppError('spec.refused', 'on purpose');
    const failing = withTransaction(db.pool, async (tx) => {
      await note(tx, 'gone');
      throw refusal;
    });
    await expect(failing).rejects.toBe(refusal);
    expect(await notes()).toEqual(['kept']);
  });

  it('that Postgres ended says whether its outcome is known, and leaves a working pool', async () => {
    const inWork = withTransaction(db.pool, async (tx) => {
      await endSession(tx);
      await note(tx, 'gone');
    });
    await expect(inWork).rejects.toMatchObject({ code: 'event_store.database_unavailable', details: { during: 'work' } });
    const atCommit = withTransaction(db.pool, (tx) => endSession(tx));
    await expect(atCommit).rejects.toMatchObject({ code: 'event_store.database_unavailable', details: { during: 'commit' } });
    await withTransaction(db.pool, (tx) => note(tx, 'after'));
    expect(await notes()).toContain('after');
  });

  it('gives up work that does not end, and its connection with it', async () => {
    let late: Promise<unknown> | undefined;
    const endless = withTransaction(
      db.pool,
      async (tx) => {
        await note(tx, 'endless');
        late = tx.query('select pg_sleep(20)').catch((error: unknown) => error);
        await late;
      },
      { timeoutMs: 50 },
    );
    await expect(endless).rejects.toMatchObject({ code: 'event_store.timeout' });
    expect(await late).toBeInstanceOf(Error);
    expect(await notes()).not.toContain('endless');
  });

  it('that is not answered any more is given up, with a code and with its connection', async () => {
    const pool = createPool({ url: db.url, applicationName: 'spec', max: 1, queryTimeoutMs: 300, log: quiet });
    const unanswered = withTransaction(pool, (tx) => tx.query('select pg_sleep(20)'));
    await expect(unanswered).rejects.toMatchObject({ code: 'event_store.database_unavailable' });
    await expect(pool.query('select pg_sleep(20)')).rejects.toThrow('Query read timeout');
    expect((await pool.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('of a pool that reaches nobody fails with a code', async () => {
    const pool = createPool({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'spec', log: quiet });
    await expect(withTransaction(pool, () => Promise.resolve())).rejects.toMatchObject({
      code: 'event_store.database_unavailable',
    });
    await pool.end();
  });
});

describe('a database', () => {
  it('that could lose what it committed is refused', async () => {
    const found = await db.admin<{ fsync: string }>(`select current_setting('fsync') as fsync`);
    const outcome = await assertDurable(db.pool).then(
      () => 'taken',
      (error: AppError) => error.code,
    );
    expect(outcome).toBe(found[0]?.fsync === 'on' ? 'taken' : 'event_store.not_durable');
    const careless = createPool({ url: `${db.url}?options=-c%20synchronous_commit%3Doff`, applicationName: 'spec', log: quiet });
    await expect(assertDurable(careless)).rejects.toMatchObject({ code: 'event_store.not_durable' });
    await careless.end();
  });
});
