import { chainEntries, emptyChain, type RecordEntry } from '@latchkey/audit-record';
import { decodeEnvelope, type Envelope } from '@latchkey/contracts';
import { newId } from '@latchkey/kernel';
import { database, type SpecDatabase } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareWithRecord, fingerprint } from './completeness.js';
import { verifyRecord } from './read-record.js';

const time = '2026-11-22T09:00:00.000Z';
const event = (n: number): Envelope =>
  decodeEnvelope(
    JSON.stringify({
      specversion: '1.0',
      id: newId(),
      source: '/latchkey/gateway',
      type: 'StrategyCreated',
      eventversion: 1,
      subject: 'evt.gateway.strategy.created',
      time,
      datacontenttype: 'application/json',
      streamid: `strategy-${n}`,
      streamversion: 1,
      correlationid: newId(),
      actor: 'user:owner',
      epoch: 1,
      logseq: n,
      prev: n - 1,
      data: { strategyId: newId(), ownerId: 'owner', name: `Strategy ${n}` },
    }),
  );
const events = Array.from({ length: 50 }, (_, i) => event(i + 1));
const columns =
  'seq, recorded_at, service, epoch, logseq, event_id, type, at, actor, user_id, trace_id, payload, previous_hash, hash';
const valuesOf = (e: RecordEntry) => [
  e.seq,
  e.recordedAt,
  e.service,
  e.epoch,
  e.logseq,
  e.eventId,
  e.type,
  e.at,
  e.actor,
  e.userId,
  e.traceId,
  e.payload,
  e.previousHash,
  e.hash,
];

describe('audit verify', () => {
  let audit: SpecDatabase;
  let gateway: SpecDatabase;
  let superuser: Client;
  let log: Client;

  beforeAll(async () => {
    audit = await database('audit');
    gateway = await database('gateway');
    superuser = new Client({ connectionString: audit.adminUrl });
    log = new Client({ connectionString: gateway.adminUrl });
    await superuser.connect();
    await log.connect();
    for (const entry of chainEntries(emptyChain, time, events)) {
      await superuser.query(
        `insert into audit_entries (${columns}) values (${valuesOf(entry)
          .map((_, i) => `$${i + 1}`)
          .join(', ')})`,
        valuesOf(entry),
      );
    }
    for (const e of events) {
      await log.query(
        `insert into events (stream_id, version, id, type, v, data, subject, time, actor, correlation_id, logseq, prev, epoch)
         values ($1, 1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, 1)`,
        [e.streamid, e.id, e.type, JSON.stringify(e.data), e.subject, e.time, e.actor, e.correlationid, e.logseq, e.prev],
      );
    }
    // What follows is done by a superuser, who can switch triggers off.
    await superuser.query("set session_replication_role = 'replica'");
    await log.query("set session_replication_role = 'replica'");
  });
  afterAll(async () => {
    await superuser?.end();
    await log?.end();
    await audit?.drop();
    await gateway?.drop();
  });

  const recorded = async () => {
    const seen = new Map<string, string>();
    const verification = await verifyRecord(audit.auditorUrl, ({ payload }) => {
      const { event: e } = JSON.parse(payload) as { event: Envelope };
      seen.set(e.id, fingerprint(e));
    });
    return { seen, verification };
  };
  const compare = async (asOf = Date.parse(time) + 3_600_000) =>
    compareWithRecord('gateway', gateway.auditorUrl, asOf, (await recorded()).seen);
  /** Runs a check on a tampered table, and puts the table back. */
  const tampered = async (client: Client, name: 'audit_entries' | 'events', statement: string, check: () => Promise<void>) => {
    await client.query(`create table kept as table ${name}`);
    try {
      await client.query(statement);
      await check();
    } finally {
      await client.query(`delete from ${name}; insert into ${name} overriding system value table kept; drop table kept`);
    }
  };

  it('finds nothing in an honest record, which is complete', async () => {
    expect((await recorded()).verification).toMatchObject({ entries: 50, tampering: undefined });
    expect(await compare()).toEqual({ service: 'gateway', events: 50, missing: [], different: [], underWay: 0 });
  });

  it.each([
    [
      'an edited payload',
      "update audit_entries set payload = replace(payload, 'Strategy 7', 'Strategy 8') where seq = 7",
      'edited',
      7,
    ],
    ['an edited column', "update audit_entries set actor = 'user:somebody' where seq = 9", 'column_edited', 9],
    ['a deleted entry', 'delete from audit_entries where seq = 20', 'missing', 20],
    ['the first entry deleted', 'delete from audit_entries where seq = 1', 'missing', 1],
    [
      'an entry that says it comes from another service',
      "update audit_entries set service = 'audit' where seq = 50",
      'column_edited',
      50,
    ],
    [
      'two payloads exchanged',
      'update audit_entries a set payload = b.payload from audit_entries b where (a.seq, b.seq) in ((3, 4), (4, 3))',
      'edited',
      3,
    ],
    [
      'a hash that was made to fit',
      "update audit_entries set payload = replace(payload, 'Strategy 30', 'Tragedy 30'), hash = encode(sha256(convert_to(previous_hash || E'\\n' || replace(payload, 'Strategy 30', 'Tragedy 30'), 'UTF8')), 'hex') where seq = 30",
      'relinked',
      31,
    ],
  ])('finds %s', async (_name, statement, kind, seq) => {
    await tampered(superuser, 'audit_entries', statement, async () => {
      expect((await recorded()).verification.tampering).toMatchObject({ kind, seq });
    });
    expect((await recorded()).verification.tampering).toBeUndefined();
  });

  it('finds a cut tail when it holds the services against the record', async () => {
    await tampered(superuser, 'audit_entries', 'delete from audit_entries where seq > 45', async () => {
      expect((await recorded()).verification.tampering).toBeUndefined();
      expect((await compare()).missing).toHaveLength(5);
    });
  });

  it('finds an event that was changed in its service after it was recorded', async () => {
    await tampered(log, 'events', `update events set data = '{"name": "other"}' where logseq = 12`, async () => {
      expect((await compare()).different).toEqual([expect.stringContaining(events[11]?.id ?? '')]);
    });
  });

  it('gives events that were appended a moment ago time to arrive', async () => {
    await tampered(superuser, 'audit_entries', 'delete from audit_entries where seq > 45', async () => {
      expect(await compare(Date.parse(time) + 1_000)).toMatchObject({ missing: [], underWay: 5 });
    });
  });
});
