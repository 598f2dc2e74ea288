import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compareVersions, minimumNatsVersion, versionOf } from '../version.js';

/** What a source is asked with. */
export type SourceContext = {
  /** The project's cache, e.g. `.latchkey/cache`. */
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
};

/** A server that runs here and is new enough, or why this source has none. */
export type Found = { readonly path: string; readonly version: string };
export type SourceAnswer = Found | { readonly reason: string };

/** One place where a nats-server may come from. */
export type Source = { readonly name: string; readonly look: (context: SourceContext) => Promise<SourceAnswer> };

/** Asks a file whether it is a nats-server that is new enough. */
export const examine = async (path: string): Promise<SourceAnswer> => {
  const version = await versionOf(path);
  if (version === undefined) return { reason: `"${path}" does not run as nats-server` };
  if (compareVersions(version, minimumNatsVersion) < 0)
    return { reason: `"${path}" is ${version}, older than ${minimumNatsVersion}` };
  return { path, version };
};

/** Where this platform's downloaded servers are kept: one folder for each. */
export const serversDir = (cacheDir: string) => join(cacheDir, 'nats-server', `${process.platform}-${process.arch}`);

/**
 * Puts one server into the cache: `build` gets a scratch folder and returns the path of the program in it. The folder appears under its
 * final name in one step, so a killed download is never taken for a server.
 */
export const intoCache = async (
  { cacheDir }: SourceContext,
  name: string,
  build: (scratch: string) => Promise<{ readonly path: string } | { readonly reason: string }>,
): Promise<SourceAnswer> => {
  const folder = serversDir(cacheDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(folder, '.partial-'));
  try {
    const built = await build(scratch);
    if ('reason' in built) return built;
    const examined = await examine(built.path);
    if ('reason' in examined) return examined;
    const target = join(folder, `${name}-${examined.version}`);
    const kept = await mkdtemp(join(folder, '.partial-'));
    await rename(built.path, join(kept, 'nats-server'));
    // Taken already: somebody else was as quick, and theirs is the same release.
    await rename(kept, target).catch(() => rm(kept, { recursive: true, force: true }));
    return await examine(join(target, 'nats-server'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
