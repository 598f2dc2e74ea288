import type { AuditEntry } from '@latchkey/contracts';
import { describe, expect, it } from 'vitest';
import { listEntries } from './list-entries.js';

const entries = Array.from({ length: 7 }, (_, i) => ({ seq: 7 - i }) as AuditEntry);
const list = listEntries({
  read: async ({ before, limit }) => entries.filter(({ seq }) => before === undefined || seq < before).slice(0, limit),
});

describe('a page of the record', () => {
  it('leads through all entries, each once', async () => {
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.entries.map(({ seq }) => seq));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it.each(['', 'abc', '-1', '0', '1; drop table', '9'.repeat(16)])('refuses the cursor %j', async (cursor) => {
    await expect(list({ limit: 3, cursor })).rejects.toMatchObject({ code: 'audit.bad_cursor' });
  });
});
