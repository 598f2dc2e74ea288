import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consumerTable } from './consumers.js';
import { eventTable, subjectOf } from './event-table.js';
import { partitionCount, partitionOf, partitionToken } from './partitions.js';
import { ownerOf, rpcTable, type RpcSubject } from './rpc-table.js';
import { publishingServices, serviceNames } from './services.js';

describe('the event table', () => {
  it('gives every event a subject of its own', () => {
    const subjects = Object.values(eventTable).map(({ owner, subject }) => `${owner}.${subject}`);
    expect(new Set(subjects).size).toBe(subjects.length);
  });

  it('names events in the past tense of PascalCase and subjects in two lower-case tokens', () => {
    for (const [type, { subject }] of Object.entries(eventTable)) {
      expect(type).toMatch(/^[A-Z][A-Za-z]+$/);
      expect(subject).toMatch(/^[a-z_]+\.[a-z_]+$/);
    }
  });

  it('ends the subject of a partitioned event in the partition of its key', () => {
    const data = { strategyId: 'some-strategy' };
    expect(subjectOf(eventTable.SignalReceived, data)).toBe(
      `evt.gateway.signal.received.${partitionToken(partitionOf(data.strategyId))}`,
    );
  });
});

describe('partitions', () => {
  it('are within range and spread evenly', () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 64_000; i += 1) counts.set(partitionOf(`user-${i}`), (counts.get(partitionOf(`user-${i}`)) ?? 0) + 1);
    expect(counts.size).toBe(partitionCount);
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
    fc.assert(fc.property(fc.string(), (key) => partitionOf(key) >= 0 && partitionOf(key) < partitionCount));
  });

  it('never move: work that is under way would change hands', () => {
    expect([partitionOf('user-1'), partitionOf('user-2'), partitionOf('')]).toEqual([36, 15, 2]);
  });
});

describe('the table of commands and queries', () => {
  const rows = Object.entries(rpcTable) as [RpcSubject, (typeof rpcTable)[RpcSubject]][];

  it.each(rows)('%s names its owner and is called by others only', (subject, row) => {
    expect(subject).toMatch(/^(cmd|qry)\.[a-z-]+\.[a-z-]+$/);
    expect(serviceNames).toContain(ownerOf(subject));
    expect(row.callers).not.toContain(ownerOf(subject));
    expect(row.callers.length).toBeGreaterThan(0);
  });

  it('signs every command, or carries it in a session; only a replay of events, which are checked by their own numbers, and questions go without', () => {
    const unsigned = rows.filter(([, row]) => !row.signed && !('inSession' in row)).map(([subject]) => subject);
    expect(unsigned.filter((subject) => subject.startsWith('cmd.') && !subject.endsWith('.replay'))).toEqual([]);
  });
});

describe('the consumers', () => {
  it('put every event of every service on the record', () => {
    const audited = consumerTable.filter(({ service }) => service === 'audit');
    expect(audited.map(({ source, filter }) => [source, filter])).toEqual(
      publishingServices.map((name) => [name, `evt.${name}.>`]),
    );
  });

  it('have names of their own and read from others', () => {
    expect(new Set(consumerTable.map(({ durable }) => durable)).size).toBe(consumerTable.length);
    for (const { service, source } of consumerTable) expect(service).not.toBe(source);
  });
});
