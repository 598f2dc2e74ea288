import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout: found from this file, so that the working directory does not matter. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Where one stack keeps everything it makes. */
export type StackHome = {
  readonly dir: string;
  /** Data of an earlier life was found. */
  readonly keys: string;
  readonly logs: string;
  readonly postgres: string;
  readonly nats: string;
  /** Downloads and templates; shared by all stacks of a checkout, safe to delete. */
  readonly cache: string;
  readonly stackFile: string;
  readonly lockFile: string;
  /** How many executors there are to be. */
  readonly executorsFile: string;
};

/** The paths of a stack's home: `LATCHKEY_HOME`, or `.latchkey` in the checkout. Nothing is made. */
export const stackHome = (env: NodeJS.ProcessEnv = process.env): StackHome => {
  const dir = resolve(repositoryRoot, env['LATCHKEY_HOME'] || '.latchkey');
  return {
    dir,
    keys: join(dir, 'keys'),
    logs: join(dir, 'logs'),
    postgres: join(dir, 'postgres'),
    nats: join(dir, 'nats'),
    cache: join(repositoryRoot, '.latchkey', 'cache'),
    stackFile: join(dir, 'stack.json'),
    lockFile: join(dir, 'supervisor.json'),
    executorsFile: join(dir, 'executors'),
  };
};

/** Makes the folders, for nobody but this user: keys, data and logs are in them. */
export const makeHome = (home: StackHome): void => {
  for (const folder of [home.dir, home.keys, home.logs, home.cache]) mkdirSync(folder, { recursive: true, mode: 0o700 });
};
