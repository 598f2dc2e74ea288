import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@latchkey/kernel';
import { run } from '../../run.js';
import { intoCache, type Source } from './source.js';

const version = '2.15.0';

/**
 * SHA-256 of the release's archives. Taken from several independent projects that pin this release and say that they compared it with the
 * release's own SHA256SUMS (for Linux the Docker official image too), since they were written down on a machine that cannot reach the
 * release itself: see docs/adr, "Where the embedded servers come from". Change the version and all four together.
 */
export const archives: Readonly<Record<string, { readonly name: string; readonly sha256: string }>> = {
  'linux-x64': { name: 'linux-amd64', sha256: '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92' },
  'linux-arm64': { name: 'linux-arm64', sha256: 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112' },
  'darwin-x64': { name: 'darwin-amd64', sha256: '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95' },
  'darwin-arm64': { name: 'darwin-arm64', sha256: 'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8' },
};

/** `fetch` only says "fetch failed"; what helps is why. */
const reasonOf = (error: unknown) => messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);

export type OfficialReleaseOptions = {
  readonly baseUrl?: string;
  readonly pins?: typeof archives;
  /** How long the first byte may take, so that a machine that cannot reach it goes on to the next source. */
  readonly firstByteMs?: number;
};

const wholeFileMs = 120_000;

/** @returns undefined when the answer is not a file */
const download = async (url: string, firstByteMs: number): Promise<Buffer | undefined> => {
  const patience = new AbortController();
  const timer = setTimeout(
    () => patience.abort(new DOMException(`no answer within ${firstByteMs} ms`, 'TimeoutError')),
    firstByteMs,
  );
  const response = await fetch(url, { signal: AbortSignal.any([patience.signal, AbortSignal.timeout(wholeFileMs)]) }).finally(
    () => clearTimeout(timer),
  );
  if (response.ok) return Buffer.from(await response.arrayBuffer());
  await response.body?.cancel();
  return undefined;
};

/** The project's own release, checksum pinned. */
export const officialRelease = ({
  baseUrl = 'https://github.com/nats-io/nats-server/releases/download',
  pins = archives,
  firstByteMs = 5_000,
}: OfficialReleaseOptions = {}): Source => ({
  name: `the official release ${version}`,
  look: async (context) => {
    const archive = pins[`${process.platform}-${process.arch}`];
    if (archive === undefined) return { reason: `no checksum is pinned for ${process.platform}-${process.arch}` };
    const stem = `nats-server-v${version}-${archive.name}`;
    const url = `${baseUrl}/v${version}/${stem}.tar.gz`;
    context.log(`fetching nats-server ${version} from its official release`);
    try {
      const bytes = await download(url, firstByteMs);
      if (bytes === undefined) return { reason: `${url} did not answer with a file` };
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (sha256 !== archive.sha256) return { reason: `${url} has SHA-256 ${sha256}, pinned is ${archive.sha256}: not used` };
      return await intoCache(context, 'release', async (scratch) => {
        const tarball = join(scratch, 'release.tar.gz');
        await writeFile(tarball, bytes);
        const { code, stderr } = await run('tar', ['-xzf', tarball, '-C', scratch]);
        return code === 0 ? { path: join(scratch, stem, 'nats-server') } : { reason: `tar failed: ${stderr.trim()}` };
      });
    } catch (error) {
      return { reason: `${url} cannot be reached (${reasonOf(error)})` };
    }
  },
});
