import type { CredentialId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import type { StoredCredential } from '../../app/ports.js';
import { groupedReads } from './grouped-reads.js';

const id = (name: string) => name as CredentialId;
const row = (headVersion: number) => ({ headVersion }) as StoredCredential;

describe('reads that come at the same time', () => {
  it('are one query, and each gets its own rows', async () => {
    const queries: (readonly CredentialId[])[] = [];
    const read = groupedReads(async (ids) => {
      queries.push(ids);
      return new Map(ids.filter((one) => one !== 'missing').map((one) => [one, row(1)]));
    });
    const answers = await Promise.all([read([id('a'), id('b')]), read([id('b'), id('missing')]), read([])]);
    expect(queries).toEqual([['a', 'b', 'missing']]);
    expect(answers.map((rows) => [...rows.keys()])).toEqual([['a', 'b'], ['b'], []]);
  });

  it('never join a query that has begun: its rows may be older than the request', async () => {
    let version = 0;
    const read = groupedReads(async (ids) => {
      const seen = (version += 1);
      await new Promise((resolve) => setImmediate(resolve));
      return new Map(ids.map((one) => [one, row(seen)]));
    });
    const first = read([id('a')]);
    await expect.poll(() => version).toBe(1);
    const later = read([id('a')]);
    expect((await first).get(id('a'))?.headVersion).toBe(1);
    expect((await later).get(id('a'))?.headVersion).toBe(2);
  });
});
