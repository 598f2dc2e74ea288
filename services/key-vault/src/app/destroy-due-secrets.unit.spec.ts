import { randomUUID } from 'node:crypto';
import { AppError, type CredentialId } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { createAttempt } from './attempt-each.js';
import type { ChangeCredential } from './change-credential.js';
import { destroyDueSecrets } from './destroy-due-secrets.js';
import { noticeExpiries } from './notice-expiries.js';

const pageSize = 100;

/** Rows that are due until something happened to them, a page at a time; `fails` and `isBehind` name what becomes of each. */
const bench = (count: number, { fails = () => undefined, isBehind = () => false }: Partial<Bench> = {}) => {
  const ids = Array.from({ length: count }, () => randomUUID() as CredentialId);
  const due = new Set(ids);
  const lines: object[] = [];
  const caughtUp: CredentialId[] = [];
  let away = false;
  const find = async (_atMs: number, except: readonly CredentialId[]) => {
    if (away) throw new Error('connection refused');
    return [...due].filter((id) => !except.includes(id)).slice(0, pageSize);
  };
  const tried: CredentialId[] = [];
  const change: ChangeCredential = async ({ id }) => {
    tried.push(id);
    if (away) throw new Error('connection refused');
    const error = fails(ids.indexOf(id));
    if (error !== undefined) throw error;
    if (isBehind(ids.indexOf(id))) return { credential: { status: 'none' }, events: [] };
    due.delete(id);
    return { credential: { status: 'none' }, events: [{}] as never };
  };
  const clock = manualClock();
  const log = { warn: (facts: object) => void lines.push(facts) };
  const catchUp = async (some: readonly CredentialId[] = []) => {
    if (away) throw new Error('connection refused');
    for (const id of some) {
      caughtUp.push(id);
      if (isBehind(ids.indexOf(id))) due.delete(id);
    }
    return some;
  };
  const attempt = createAttempt('spec', { credentials: { catchUp }, log, clock });
  const verifications = { forgetEnded: () => Promise.resolve() };
  return {
    ids,
    due,
    lines,
    tried,
    caughtUp,
    clock,
    loseDatabase: () => (away = true),
    destroy: destroyDueSecrets({ credentials: { dueForDestruction: find }, verifications, change, attempt, clock }),
    notice: noticeExpiries({ queue: { dueNotices: find }, change, attempt, clock }),
  };
};
type Bench = { readonly fails: (index: number) => Error | undefined; readonly isBehind: (index: number) => boolean };

describe.each(['destroy', 'notice'] as const)('a round that has to %s', (round) => {
  it('goes on until nothing is due, however much that is', async () => {
    const rows = bench(2.5 * pageSize);
    await rows[round]();
    expect(rows.due.size).toBe(0);
    expect(rows.tried).toHaveLength(2.5 * pageSize);
  });

  it('passes over more failing rows than a page holds, tries each once, and logs once per reason and hour', async () => {
    const broken = pageSize + 20;
    const fails = (index: number) => (index < broken ? new AppError('spec.broken', `row ${index}`) : undefined);
    const rows = bench(broken + 30, { fails });
    await rows[round]();
    expect([...rows.due]).toEqual(rows.ids.slice(0, broken));
    expect(rows.tried).toHaveLength(broken + 30);
    await rows[round]();
    expect(rows.lines).toEqual([{ what: 'spec', credentialId: rows.ids[0], code: 'spec.broken', reason: 'row 0' }]);
    rows.clock.advance(60 * 60_000);
    await rows[round]();
    expect(rows.lines).toHaveLength(2);
  });

  it('brings rows that are behind their events up to date', async () => {
    const rows = bench(3, { isBehind: (index) => index === 0 });
    await rows[round]();
    expect(rows.caughtUp).toEqual([rows.ids[0]]);
    expect(rows.due.size).toBe(0);
  });

  it('ends where the database is away, after one key', async () => {
    const rows = bench(5, {
      fails: () => {
        rows.loseDatabase();
        return new Error('connection refused');
      },
    });
    await expect(rows[round]()).rejects.toThrow('connection refused');
    expect(rows.tried).toHaveLength(1);
  });
});
