import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';

/** Every form in which a secret may have been written down by accident. */
const formsOf = (secret: string): readonly Buffer[] => {
  const bytes = Buffer.from(secret);
  // Base64 of a part of something longer depends on where the secret starts: the middle of each of the three alignments is searched.
  const aligned = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const texts = [
    secret,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...aligned,
    ...aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    Array.from(secret).toReversed().join(''),
  ];
  return [...texts.map((text) => Buffer.from(text)), Buffer.from(secret, 'utf16le')];
};

/** True when any form of the secret stands in `haystack`. */
export const holds = (haystack: Buffer | string, secret: string): boolean => {
  const bytes = typeof haystack === 'string' ? Buffer.from(haystack) : haystack;
  return formsOf(secret).some((form) => bytes.includes(form));
};

/** Every row of every table of a database, as Postgres writes them in a COPY. */
export const dumpOf = async (url: string): Promise<Buffer> => {
  const database = new Client({ connectionString: url });
  await database.connect();
  try {
    const { rows: tables } = await database.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const parts: Buffer[] = [];
    for (const { name } of tables) {
      const { rows } = await database.query<{ row: string }>(`select t::text as row from ${name} t`);
      parts.push(Buffer.from(`${name}\n${rows.map(({ row }) => row).join('\n')}\n`));
    }
    return Buffer.concat(parts);
  } finally {
    await database.end();
  }
};

/** The bytes of every file below a folder. */
export const filesOf = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path)),
  );
