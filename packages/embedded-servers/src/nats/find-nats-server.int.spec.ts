import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../run.js';
import { findNatsServer, natsSources } from './find-nats-server.js';
import { officialRelease } from './sources/official-release.js';
import { serversDir, type Source } from './sources/source.js';

let folder: string;
let cacheDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-find-nats-'));
  cacheDir = join(folder, 'cache');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that answers `--version` as nats-server does. */
const pretend = async (path: string, version: string) => {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`, { mode: 0o755 });
  return path;
};

/** The real order, with the two sources that fetch replaced by ones that say that they cannot. */
const offline: readonly Source[] = natsSources.map((source, index) =>
  index < 3 ? source : { name: source.name, look: () => Promise.resolve({ reason: 'unplugged' }) },
);

const path = (...folders: string[]) => [...folders, '/usr/bin', '/bin'].join(':');
const find = (env: NodeJS.ProcessEnv, sources = offline) => findNatsServer({ cacheDir, env, sources });

describe('findNatsServer', () => {
  it('takes the one that the operator names before all others', async () => {
    const named = await pretend(join(folder, 'named'), '2.14.0');
    await pretend(join(folder, 'bin', 'nats-server'), '2.15.1');
    const found = await find({ NATS_SERVER_BIN: named, PATH: path(join(folder, 'bin')) });
    expect(found).toEqual({ path: named, version: '2.14.0', source: 'NATS_SERVER_BIN' });
  });

  it('passes over an older one on the PATH', async () => {
    await pretend(join(folder, 'old', 'nats-server'), '2.9.25');
    const newer = await pretend(join(folder, 'new', 'nats-server'), '2.15.1');
    const found = await find({ PATH: path(join(folder, 'old'), join(folder, 'new')) });
    expect(found).toMatchObject({ path: newer, source: 'PATH' });
  });

  it('takes the newest of the cache, never a half-written one', async () => {
    await pretend(join(serversDir(cacheDir), 'debian-2.14.2', 'nats-server'), '2.14.2');
    await pretend(join(serversDir(cacheDir), '.partial-x', 'nats-server'), '2.99.0');
    const newest = await pretend(join(serversDir(cacheDir), 'release-2.15.0', 'nats-server'), '2.15.0');
    expect(await find({ PATH: path() })).toMatchObject({ path: newest, version: '2.15.0' });
  });

  it('names all five and why each failed', async () => {
    const broken = join(folder, 'broken');
    await writeFile(broken, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    await pretend(join(folder, 'old', 'nats-server'), '2.9.25');
    const failure = await find({ NATS_SERVER_BIN: broken, PATH: path(join(folder, 'old')) }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'embedded.nats_not_found' });
    const { message } = failure as Error;
    expect(message).toContain(`NATS_SERVER_BIN: "${broken}" does not run as nats-server`);
    expect(message).toContain('PATH: ');
    expect(message).toContain('is 2.9.25, older than 2.14.0');
    expect(message).toContain("the project's cache: nothing usable");
    expect(message).toMatch(/the official release \d+\.\d+\.\d+: unplugged/);
    expect(message).toContain("Debian's package (forky): unplugged");
  });
});

describe('the official release', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });
  const serve = async (body: Buffer | undefined) => {
    server = createServer((_, response) => {
      if (body !== undefined) response.end(body); // without a body it never answers
    });
    const listening = server;
    await new Promise<void>((resolve) => {
      listening.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  };
  const release = async () => {
    const stem = 'nats-server-v2.15.0-here';
    await pretend(join(folder, stem, 'nats-server'), '2.15.0');
    await run('tar', ['-czf', join(folder, 'release.tar.gz'), '-C', folder, stem]);
    return readFile(join(folder, 'release.tar.gz'));
  };
  const pinned = (sha256: string) => ({ [`${process.platform}-${process.arch}`]: { name: 'here', sha256 } });
  const only = (options: Parameters<typeof officialRelease>[0]) =>
    findNatsServer({ cacheDir, env: { PATH: path() }, sources: [officialRelease(options)] });

  it('is unpacked into the cache when its checksum is the pinned one', async () => {
    const archive = await release();
    const pins = pinned(createHash('sha256').update(archive).digest('hex'));
    const found = await only({ baseUrl: await serve(archive), pins });
    expect(found).toMatchObject({ version: '2.15.0', path: join(serversDir(cacheDir), 'release-2.15.0', 'nats-server') });
    expect(await readdir(serversDir(cacheDir))).toEqual(['release-2.15.0']);
  });

  it('is not even unpacked when it is another file', async () => {
    const baseUrl = await serve(await release());
    await expect(only({ baseUrl, pins: pinned('0'.repeat(64)) })).rejects.toThrow(/pinned is 0{64}: not used/);
    await expect(readdir(cacheDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is given up when nothing answers', async () => {
    const baseUrl = await serve(undefined);
    await expect(only({ baseUrl, firstByteMs: 200 })).rejects.toThrow('no answer within 200 ms');
  });
});
