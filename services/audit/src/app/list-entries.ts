import type { AuditEntry, RpcRequest } from '@latchkey/contracts';
import { AppError } from '@latchkey/kernel';
import type { ReadRecord } from './ports.js';

class AuditError extends AppError<'audit.bad_cursor'> {}

const placeOf = (cursor: string | undefined): number | undefined => {
  if (cursor === undefined) return undefined;
  const seq = Number(cursor);
  if (!/^\d{1,15}$/.test(cursor) || seq < 1)
    throw new AuditError('audit.bad_cursor', 'the cursor is not one that this list gave; start without one');
  return seq;
};

/** One page of the record, newest first: a user's own trail, or for auditors everybody's. */
export const listEntries =
  ({ read }: { readonly read: ReadRecord }) =>
  async ({
    userId,
    cursor,
    limit,
  }: RpcRequest<'qry.audit.entries'>): Promise<{ entries: AuditEntry[]; nextCursor: string | null }> => {
    const found = await read({ userId, before: placeOf(cursor), limit: limit + 1 });
    const entries = found.slice(0, limit);
    return { entries, nextCursor: found.length > limit ? String(entries.at(-1)?.seq) : null };
  };
