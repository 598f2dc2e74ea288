import { startVerification, verifyEntry, type RecordEntry } from '@latchkey/audit-record';
import { decodeEnvelope, type Envelope } from '@latchkey/contracts';
import { newId } from '@latchkey/kernel';
import { createPool, withTransaction } from '@latchkey/event-store';
import { database, type SpecDatabase } from '@latchkey/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendToRecord, readRecord } from './record.js';

const event = (logseq: number, fields: Record<string, unknown> = {}): Envelope =>
  decodeEnvelope(
    JSON.stringify({
      specversion: '1.0',
      id: newId(),
      source: '/latchkey/gateway',
      type: 'StrategyCreated',
      eventversion: 1,
      subject: 'evt.gateway.strategy.created',
      time: '2026-11-22T09:00:00.000Z',
      datacontenttype: 'application/json',
      streamid: `strategy-${logseq}`,
      streamversion: 1,
      correlationid: newId(),
      actor: 'user:owner',
      epoch: 1,
      logseq,
      prev: logseq - 1,
      data: { strategyId: newId(), ownerId: 'owner', name: `"Ünïcode" \u0007 ${logseq}` },
      ...fields,
    }),
  );

describe('the record in Postgres', () => {
  let spec: SpecDatabase;
  let pool: Pool;
  let asOwner: Pool;
  beforeAll(async () => {
    spec = await database('audit');
    const log = { warn: () => undefined };
    pool = createPool({ url: spec.url, applicationName: 'audit-spec', log });
    asOwner = createPool({ url: spec.migratorUrl, applicationName: 'audit-spec-owner', log });
  });
  afterAll(async () => {
    await pool?.end();
    await asOwner?.end();
    await spec?.drop();
  });

  const append = (events: readonly Envelope[]) =>
    withTransaction(pool, (tx) => appendToRecord(tx, new Date().toISOString(), events));
  const stored = async (): Promise<readonly RecordEntry[]> => {
    const { rows } = await pool.query<RecordEntry & { recordedAt: Date; at: Date }>(
      `select seq::int, recorded_at as "recordedAt", service, epoch, logseq::int, event_id as "eventId", type, at, actor, user_id as "userId",
       trace_id as "traceId", payload, previous_hash as "previousHash", hash from audit_entries order by seq`,
    );
    return rows.map((row) => ({
      ...row,
      recordedAt: new Date(row.recordedAt).toISOString(),
      at: new Date(row.at).toISOString(),
    }));
  };

  it('is one chain, however many write to it at once', async () => {
    const batches = Array.from({ length: 20 }, (_, batch) => Array.from({ length: 5 }, (_unused, i) => event(batch * 5 + i + 1)));
    await Promise.all(batches.map(append));
    const verified = (await stored()).reduce(verifyEntry, startVerification);
    expect(verified).toMatchObject({ entries: 100, tampering: undefined, head: { seq: 100 } });
  });

  it('takes an event once, also when its source was restored and publishes it under a new epoch', async () => {
    const once = event(1_001);
    expect(await append([once])).toHaveLength(1);
    expect(await append([{ ...once, epoch: 2, logseq: 1 }])).toHaveLength(0);
  });

  it('is rolled back whole with the position of the consumer', async () => {
    const before = (await stored()).length;
    const failing = withTransaction(pool, async (tx) => {
      await appendToRecord(tx, new Date().toISOString(), [event(2_001)]);
      throw new RangeError('the position could not be stored');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await stored()).toHaveLength(before);
  });

  it.each([
    "update audit_entries set actor = 'nobody'",
    'delete from audit_entries',
    'truncate audit_entries',
    'drop table audit_entries',
  ])('refuses its own service: %s', async (statement) => {
    await expect(pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it.each(["update audit_entries set actor = 'nobody'", 'delete from audit_entries', 'truncate audit_entries'])(
    'refuses even the owner of the table: %s',
    async (statement) => {
      await expect(asOwner.query(statement)).rejects.toThrow('append-only');
    },
  );

  it('is read newest first, by person, page by page', async () => {
    await append([
      event(3_001, { actor: 'service:gateway', data: { strategyId: newId(), ownerId: 'reader', name: 'a' } }),
      event(3_002, { actor: 'user:reader' }),
      event(3_003),
    ]);
    const read = readRecord(pool);
    const mine = await read({ userId: 'reader', before: undefined, limit: 10 });
    expect(mine).toHaveLength(2);
    expect(mine.map(({ seq }) => seq)).toEqual(mine.map(({ seq }) => seq).toSorted((a, b) => b - a));
    const [newest] = mine;
    expect(await read({ userId: 'reader', before: newest?.seq, limit: 10 })).toHaveLength(1);
    expect(await read({ userId: undefined, before: undefined, limit: 500 })).toHaveLength((await stored()).length);
    expect(newest).toMatchObject({ at: '2026-11-22T09:00:00.000Z', type: 'StrategyCreated', data: { name: expect.any(String) } });
  });
});
