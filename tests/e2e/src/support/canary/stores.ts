import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { dense } from './dense.js';

const blockBytes = 8 * 1024 * 1024;
const overlapBytes = 64 * 1024;

const asRole = async <Result>(url: string, work: (database: Client) => Promise<Result>): Promise<Result> => {
  const database = new Client({ connectionString: url });
  await database.connect();
  try {
    return await work(database);
  } finally {
    await database.end();
  }
};

/** What a COPY sends; the client throws it away, so it is taken off the wire. */
const copied = async (database: Client, statement: string): Promise<Buffer> => {
  const { connection } = database as unknown as { connection: NodeJS.EventEmitter };
  const parts: Buffer[] = [];
  const take = ({ chunk }: { chunk: Buffer }): void => void parts.push(Buffer.from(chunk));
  connection.on('copyData', take);
  try {
    await database.query(statement);
    return Buffer.concat(parts);
  } finally {
    connection.off('copyData', take);
  }
};

/** Every row of every table of a database, what its sessions did last included, as Postgres writes them: as rows, as text, and in binary. */
export const dumpOf = (url: string): Promise<Buffer> =>
  asRole(url, async (database) => {
    const { rows } = await database.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const parts: Buffer[] = [await copied(database, 'copy (select * from pg_stat_activity) to stdout')];
    for (const { name } of rows) {
      parts.push(
        Buffer.from(`\n${name}\n`),
        await copied(database, `copy (select t::text from ${name} t) to stdout`),
        await copied(database, `copy (select * from ${name}) to stdout`),
        await copied(database, `copy (select * from ${name}) to stdout (format binary)`),
      );
    }
    return Buffer.concat(parts);
  });

export const databasesOf = (admin: string): Promise<readonly string[]> =>
  asRole(admin, async (database) => {
    const { rows } = await database.query<{ datname: string }>('select datname from pg_database where datallowconn');
    return rows.map(({ datname }) => {
      const url = new URL(admin);
      url.pathname = `/${datname}`;
      return url.href;
    });
  });

/** Everything committed is in the files afterwards, and not in shared memory alone. */
export const flush = (admin: string): Promise<unknown> => asRole(admin, (database) => database.query('checkpoint'));

/** Puts rows into a table of their own: text as text, bytes as bytes. */
export const plantRows = (url: string, values: readonly { readonly isText: boolean; readonly bytes: Buffer }[]): Promise<void> =>
  asRole(url, async (database) => {
    await database.query('create table planted (id serial, words text, bytes bytea)');
    for (const { isText, bytes } of values) {
      const words = isText ? bytes.toString('latin1') : null;
      await database.query('insert into planted (words, bytes) values ($1, $2)', [words, isText ? null : bytes]);
    }
  });

/** The files below a folder, or the one. */
export const filesIn = (path: string): readonly string[] =>
  statSync(path).isFile()
    ? [path]
    : readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name));

/** What a file holds, block by block; a file that went away since it was listed holds nothing. */
export function* bytesOf(file: string): Generator<Buffer> {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return;
  }
  try {
    const { size } = fstatSync(descriptor);
    for (let at = 0; at < size; at += blockBytes - overlapBytes) {
      const block = Buffer.allocUnsafe(Math.min(blockBytes, size - at));
      yield dense(block.subarray(0, readSync(descriptor, block, 0, block.length, at)));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** With what a process was started: its environment and its command line. Linux only. */
export const startOf = (pid: number): Buffer =>
  Buffer.concat([readFileSync(`/proc/${pid}/environ`), Buffer.from('\n'), readFileSync(`/proc/${pid}/cmdline`)]);
