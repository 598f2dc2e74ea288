import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../run.js';
import { intoCache, type Source } from './source.js';

const suite = 'forky';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const timeoutMs = 180_000;

/** Suites by which Debian's own archive is told from other archives (security, vendors, Ubuntu) among the machine's sources. */
const debianSuites = /^(bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)$/;

/**
 * The Debian mirrors that this machine's apt sources name, in their order. `--print-uris` only says what an update would fetch: it reads
 * every form that sources can have, needs no network, and changes nothing.
 */
export const debianMirrors = (printedUris: string): readonly string[] => {
  const mirrors = printedUris.split('\n').flatMap((line) => {
    const match = /^'(.+?\/)dists\/([^/]+)\/InRelease'/.exec(line);
    return match?.[1] !== undefined && debianSuites.test(match[2] ?? '') ? [match[1]] : [];
  });
  return [...new Set(mirrors)];
};

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';

const programIn = async (unpacked: string): Promise<string | undefined> => {
  for (const folder of ['usr/sbin', 'usr/bin', 'sbin', 'bin']) {
    const path = join(unpacked, folder, 'nats-server');
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
};

/** An apt of our own: its own sources, lists, cache and (empty) package state. The machine's are read for nothing but keys and proxies. */
const privateApt = async (scratch: string, mirror?: string) => {
  const folders = { etc: join(scratch, 'etc'), state: join(scratch, 'state'), cache: join(scratch, 'cache') };
  await mkdir(join(folders.state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(folders.cache, 'archives', 'partial'), { recursive: true });
  await mkdir(folders.etc, { recursive: true });
  await writeFile(join(folders.state, 'status'), '');
  const settings = [
    `Dir::State=${folders.state}`,
    `Dir::State::status=${join(folders.state, 'status')}`,
    `Dir::Cache=${folders.cache}`,
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'Acquire::Retries=2',
    // The scratch folder lies in a folder that only its owner may enter, so apt could not use its unprivileged user there.
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ];
  if (mirror !== undefined) {
    const sources = join(folders.etc, 'sources.list');
    await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    settings.push(`Dir::Etc::SourceList=${sources}`, 'Dir::Etc::SourceParts=/dev/null');
  }
  return settings.flatMap((setting) => ['-o', setting]);
};

/** Debian's package, verified by apt against Debian's keyring and unpacked without installing it. */
export const fromDebianPackage: Source = {
  name: `Debian's package (${suite})`,
  look: (context) =>
    intoCache(context, 'debian', async (scratch) => {
      if ((await run('apt-get', ['--version'])).code !== 0) return { reason: 'there is no apt-get here' };
      if (
        await access(keyring).then(
          () => false,
          () => true,
        )
      )
        return { reason: `Debian's keyring "${keyring}" is not here` };

      const machine = await privateApt(join(scratch, 'machine'));
      const [mirror] = debianMirrors((await run('apt-get', ['update', '--print-uris', ...machine], { timeoutMs })).stdout);
      if (mirror === undefined) return { reason: "the machine's apt sources name no Debian mirror" };

      context.log(`fetching nats-server from Debian ${suite}, by the mirror of this machine's apt sources`);
      const apt = await privateApt(join(scratch, 'debian'), mirror);
      const update = await run('apt-get', ['update', '--error-on=any', ...apt], { timeoutMs });
      if (update.code !== 0) return { reason: `apt-get update failed: ${lastLine(update.stderr)}` };
      const fetched = await run('apt-get', ['download', 'nats-server', ...apt], { cwd: scratch, timeoutMs });
      const deb = (await readdir(scratch)).find((name) => name.endsWith('.deb'));
      if (fetched.code !== 0 || deb === undefined) return { reason: `apt-get download failed: ${lastLine(fetched.stderr)}` };

      const unpacked = join(scratch, 'unpacked');
      const unpack = await run('dpkg-deb', ['-x', join(scratch, deb), unpacked]);
      const path = await programIn(unpacked);
      if (path === undefined) return { reason: `${deb} holds no nats-server: ${lastLine(unpack.stderr)}` };
      return { path };
    }),
};
