import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { EmbeddedServersError } from '../errors.js';
import { run } from '../run.js';
import type { PostgresBinaries } from './binaries.js';
import { commandAs, type RunAs } from './run-as.js';

/** The superuser's password, in the data folder itself: who can read that folder can read every table anyway. */
export const passwordFile = (dataDir: string) => join(dataDir, 'latchkey-superuser-password');

/** 192 random bits that need no quoting anywhere. */
export const newPassword = () => randomBytes(24).toString('base64url');

const exists = async (path: string) => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};

/** True when `dataDir` holds a cluster. */
const isCluster = (dataDir: string) => exists(join(dataDir, 'PG_VERSION'));

const giveTo = async (as: RunAs, path: string) => {
  if (as.kind === 'user') await run('chown', ['-R', `${as.uid}:${as.gid}`, path]);
};

const cleanEnv = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' });

const initFailed = (what: string, output: string, as: RunAs) =>
  new EmbeddedServersError(
    as.kind === 'user' ? 'embedded.postgres_root_refused' : 'embedded.postgres_init_failed',
    `${what} failed: ${output.trim().split('\n').slice(-4).join(' / ') || 'no output'}. ` +
      (as.kind === 'user'
        ? `It ran as user "${as.name}", because Postgres refuses root: start as an ordinary user, or set LATCHKEY_HOME to a folder that ` +
          `"${as.name}" can enter.`
        : 'Check free space and permissions of the data folder, then start again.'),
    { as: as.kind },
  );

/** `initdb` into an empty folder. The locale is Postgres's own C.UTF-8, so that text sorts alike on every platform. */
const initialise = async (binaries: PostgresBinaries, dataDir: string, as: RunAs) => {
  const password = newPassword();
  const scratch = await mkdtemp(join(tmpdir(), 'latchkey-initdb-'));
  try {
    const passwordPath = join(scratch, 'password');
    await writeFile(passwordPath, password, { mode: 0o600 });
    await giveTo(as, scratch);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await giveTo(as, dataDir);
    const { command, args, ...user } = commandAs(as, binaries.initdb, [
      '-D',
      dataDir,
      '--username=postgres',
      `--pwfile=${passwordPath}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync', // the copy that is used is synced once, below
      '--no-instructions',
    ]);
    const { code, stdout, stderr } = await run(command, args, { ...user, cwd: '/', env: cleanEnv() });
    if (code !== 0) throw initFailed('initdb', stderr || stdout, as);
    await writeFile(passwordFile(dataDir), password, { mode: 0o600 });
    await giveTo(as, passwordFile(dataDir));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** Puts `build`'s result at `target` in one step: a folder is complete or not there, whoever else builds it at the same time. */
const atomically = async (target: string, build: (partial: string) => Promise<void>) => {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const partial = await mkdtemp(`${target}.partial-`);
  try {
    await build(partial);
    await rename(partial, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    if (await isCluster(target)) return; // somebody else was first, and theirs is as good
    throw new EmbeddedServersError(
      'embedded.postgres_init_failed',
      `"${target}" holds files that are not Postgres's: move them away, or choose another folder.`,
      { target },
      { cause: error },
    );
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};

/**
 * A freshly initialised cluster that later starts copy, which takes a tenth of `initdb`.
 *
 * @param cacheDir where templates are kept; one per Postgres version and owner
 * @returns the template's folder
 */
const createTemplateCluster = async (binaries: PostgresBinaries, cacheDir: string, as: RunAs): Promise<string> => {
  const owner = as.kind === 'user' ? as.uid : (process.getuid?.() ?? 0);
  const template = join(cacheDir, `pg-template-${binaries.version}-u${owner}`);
  if (!(await isCluster(template))) await atomically(template, (partial) => initialise(binaries, partial, as));
  return template;
};

type EnsureCluster = {
  readonly binaries: PostgresBinaries;
  readonly dataDir: string;
  readonly as: RunAs;
  readonly templateCacheDir?: string | undefined;
  readonly durable: boolean;
};

/**
 * Makes `dataDir` a cluster unless it is one.
 *
 * @returns true when it was made now
 * @throws {EmbeddedServersError} `embedded.postgres_init_failed`, `embedded.postgres_version_mismatch`
 */
export const ensureCluster = async ({ binaries, dataDir, as, templateCacheDir, durable }: EnsureCluster): Promise<boolean> => {
  if (await isCluster(dataDir)) {
    const found = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
    if (found === binaries.major) return false;
    throw new EmbeddedServersError(
      'embedded.postgres_version_mismatch',
      `the data in "${dataDir}" was made by Postgres ${found}, this is ${binaries.major}. Go back to the version of this project that made ` +
        'it and export, or start afresh with `npm run latchkey -- reset`.',
      { found, wanted: binaries.major },
    );
  }
  const template = templateCacheDir === undefined ? undefined : await createTemplateCluster(binaries, templateCacheDir, as);
  await atomically(dataDir, async (partial) => {
    if (template === undefined) await initialise(binaries, partial, as);
    else await cp(template, partial, { recursive: true, mode: constants.COPYFILE_FICLONE });
    await chmod(partial, 0o700);
    await giveTo(as, partial);
    if (!durable) return;
    const { command, args, ...user } = commandAs(as, binaries.initdb, ['--sync-only', '-D', partial]);
    const { code, stderr } = await run(command, args, { ...user, cwd: '/', env: cleanEnv() });
    if (code !== 0) throw initFailed('initdb --sync-only', stderr, as);
  });
  return true;
};
