import { decodeEnvelope, type Envelope } from '@latchkey/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainEntries, emptyChain, entryHash, type RecordEntry } from './entry.js';
import { startVerification, verifyEntry } from './verify.js';

const event = (n: number): Envelope =>
  decodeEnvelope(
    JSON.stringify({
      specversion: '1.0',
      id: `0199d3a0-7c00-7000-8000-${String(n).padStart(12, '0')}`,
      source: '/latchkey/gateway',
      type: 'StrategyCreated',
      eventversion: 1,
      subject: 'evt.gateway.strategy.created',
      time: '2026-11-22T09:00:00.000Z',
      datacontenttype: 'application/json',
      streamid: `strategy-${n}`,
      streamversion: 1,
      correlationid: '0199d3a0-7c00-7000-8000-00000000ffff',
      actor: `user:owner-${n}`,
      epoch: 1,
      logseq: n,
      prev: n - 1,
      data: { strategyId: '0199d3a0-7c00-7000-8000-000000000002', ownerId: `owner-${n}`, name: `Strategy ${n}` },
    }),
  );
const record = (length: number): readonly RecordEntry[] =>
  chainEntries(
    emptyChain,
    '2026-11-22T09:00:01.000Z',
    Array.from({ length }, (_, i) => event(i + 1)),
  );
const verify = (entries: readonly RecordEntry[]) => entries.reduce(verifyEntry, startVerification);
const honest = record(20);

describe('an honest record', () => {
  it('raises no alarm, whatever its length and however its events came in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }), (first, second) => {
        const start = record(first);
        const head = start.at(-1) ?? emptyChain;
        const more = chainEntries(
          head,
          '2026-11-22T09:00:02.000Z',
          Array.from({ length: second }, (_, i) => event(first + i + 1)),
        );
        expect(verify([...start, ...more])).toMatchObject({ entries: first + second, tampering: undefined });
      }),
    );
  });

  it('says who is concerned', () => {
    expect(honest[0]).toMatchObject({ userId: 'owner-1', actor: 'user:owner-1', service: 'gateway' });
  });
});

describe('tampering', () => {
  const at = fc.integer({ min: 0, max: honest.length - 1 });

  it('with any character of any payload is found at that entry', () => {
    fc.assert(
      fc.property(at, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (i, place, letter) => {
        const entry = honest[i] as RecordEntry;
        const where = place % entry.payload.length;
        fc.pre(entry.payload[where] !== letter);
        const payload = entry.payload.slice(0, where) + letter + entry.payload.slice(where + 1);
        expect(verify(honest.with(i, { ...entry, payload })).tampering).toMatchObject({ kind: 'edited', seq: i + 1 });
      }),
    );
  });

  it('with any copied column is found at that entry', () => {
    const columns = ['recordedAt', 'service', 'epoch', 'logseq', 'eventId', 'type', 'at', 'actor', 'userId', 'traceId'] as const;
    for (const [i, entry] of honest.entries()) {
      for (const column of columns) {
        const changed = { ...entry, [column]: typeof entry[column] === 'number' ? entry[column] + 1 : 'changed' };
        expect(verify(honest.with(i, changed)).tampering).toMatchObject({ kind: 'column_edited', seq: i + 1 });
      }
    }
  });

  it('by leaving out any entry but the last is found', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: honest.length - 2 }), (i) => {
        expect(verify(honest.toSpliced(i, 1)).tampering).toMatchObject({ kind: 'missing', seq: i + 1 });
      }),
    );
  });

  it('by exchanging two entries is found', () => {
    fc.assert(
      fc.property(at, at, (i, j) => {
        fc.pre(i !== j);
        const [a, b] = [honest[i] as RecordEntry, honest[j] as RecordEntry];
        expect(verify(honest.with(i, b).with(j, a)).tampering).toBeDefined();
        expect(verify(honest.with(i, { ...b, seq: a.seq }).with(j, { ...a, seq: b.seq })).tampering).toBeDefined();
      }),
    );
  });

  it('by writing one entry anew with a hash that fits it is found at the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: honest.length - 2 }), (i) => {
        const entry = honest[i] as RecordEntry;
        const payload = entry.payload.replace('Strategy', 'Tragedy');
        const forged = { ...entry, payload, hash: entryHash(entry.previousHash, payload) };
        expect(verify(honest.with(i, forged)).tampering).toMatchObject({ kind: 'relinked', seq: i + 2 });
      }),
    );
  });

  it('by slipping in an entry is found', () => {
    fc.assert(
      fc.property(at, (i) => {
        const entry = honest[i] as RecordEntry;
        const [forged] = chainEntries({ seq: entry.seq - 1, hash: entry.previousHash }, entry.recordedAt, [event(900 + i)]);
        expect(verify(honest.toSpliced(i, 0, forged as RecordEntry)).tampering).toBeDefined();
      }),
    );
  });

  it('by cutting the tail cannot be seen in the chain alone: the complete check holds it against the services', () => {
    expect(verify(honest.slice(0, 12)).tampering).toBeUndefined();
  });
});
