import { messageOf } from '@latchkey/kernel';
import { Client, escapeIdentifier } from 'pg';
import { CliError } from '../errors.js';
import type { SourceRow } from './older-rows.js';

const rowsAtATime = 500;
const connectWithinMs = 10_000;

/** `public.users` → `"public"."users"`. */
const quoted = (table: string): string => table.split('.').map(escapeIdentifier).join('.');

/**
 * The rows of an older table, through a cursor of one read-only transaction: all of one moment, a few at a time, and nothing of the table
 * is changed or locked against its users.
 *
 * @param url of the older service's Postgres, with a role that may read that table
 * @param orderBy rows come in the order of this column, then of the others as text: a second run counts them alike, also where a user stands
 *   in the table twice
 * @throws {CliError} `cli.source_unreadable`
 */
export async function* readTableRows(
  url: string,
  { table, columns, orderBy }: { readonly table: string; readonly columns: readonly string[]; readonly orderBy: string },
): AsyncGenerator<SourceRow> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectWithinMs,
    application_name: 'latchkey-import',
  });
  client.on('error', () => undefined); // a connection that is lost: the query that waits for it says so
  try {
    await client.connect();
    await client.query('begin transaction isolation level repeatable read read only');
    const selected = columns.map(escapeIdentifier).join(', ');
    const others = columns.filter((name) => name !== orderBy).map((name) => `${escapeIdentifier(name)}::text`);
    const order = [escapeIdentifier(orderBy), ...others].join(', ');
    await client.query(`declare older no scroll cursor for select ${selected} from ${quoted(table)} order by ${order}`);
    for (;;) {
      const { rows } = await client.query<Record<string, unknown>>(`fetch ${rowsAtATime} from older`);
      if (rows.length === 0) break;
      yield* rows;
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code = 'unreachable' } = error as { readonly code?: string };
    // Postgres names the table or column that is missing; neither is a secret, and the address with its password is not in it.
    throw new CliError(
      'cli.source_unreadable',
      `the older table cannot be read: ${messageOf(error)} (${code})`,
      { code },
      { cause: error },
    );
  } finally {
    await client.end();
  }
}
