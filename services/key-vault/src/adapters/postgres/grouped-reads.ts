import { groupCommit, type CredentialId } from '@latchkey/kernel';
import { outsideOfTraces } from '@latchkey/tracing';
import type { Credentials } from '../../app/ports.js';

type Ids = readonly CredentialId[];
type Rows = Awaited<ReturnType<Credentials['read']>>;

const only = (rows: Rows, ids: Ids): Rows =>
  new Map(
    ids.flatMap((id) => {
      const row = rows.get(id);
      return row === undefined ? [] : [[id, row] as const];
    }),
  );

/**
 * Requests that come at the same time read their rows in one query. Nothing is kept: each query begins after all the requests that it answers
 * have come, so that nobody is told what was true before they asked.
 */
export const groupedReads = (read: Credentials['read']): Credentials['read'] =>
  groupCommit<Ids, Rows>({
    run: outsideOfTraces(async (asked: readonly Ids[]) => {
      const rows = await read([...new Set(asked.flat())]);
      return asked.map((ids) => only(rows, ids));
    }),
    maxWaitMs: 0,
    maxJobs: 64,
    maxGroups: 2,
  });
