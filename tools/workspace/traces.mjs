// Nothing in the repository may tell, or depend on, the machine that it was written on, or be half of a merge.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';

const tooBroad = new Set(['/', tmpdir(), dirname(homedir()), '/tmp', '/home', '/Users', '/opt', '/srv', '/usr', '/var', '/root']);

const pathsOf = (repository) =>
  [repository, dirname(repository)].filter((path) => path !== sep && !tooBroad.has(path)).map((path) => `${path}${sep}`);

const isLoopback = (host) => /^(localhost|127\.[\d.]+|\[?::1\]?)$/.test(host.replace(/:\d+$/, ''));

const hostsIn = (text) => [...text.matchAll(/https?:\/\/(?:[^@/\s]*@)?([^/\s"']+)/g)].map(([, host]) => host);

const aptSources = () => {
  const list = '/etc/apt/sources.list.d';
  const files = [...(existsSync(list) ? readdirSync(list).map((name) => join(list, name)) : []), '/etc/apt/sources.list'];
  return files.filter((file) => existsSync(file) && statSync(file).isFile()).map((file) => readFileSync(file, 'utf8'));
};

const registryHosts = () => {
  const npm = spawnSync('npm', ['config', 'get', 'registry'], { cwd: tmpdir(), encoding: 'utf8' }).stdout ?? '';
  const named = [npm, process.env.npm_config_registry ?? '', process.env.PIP_INDEX_URL ?? '', ...aptSources()];
  return [...new Set(named.flatMap(hostsIn))].filter((host) => host.includes('.') && !isLoopback(host));
};

const homeFolder = /(?<![\w.:/-])\/(?:home|Users)\/(?!user\b|node\b|runner\b|<)[a-z][\w.-]*\//;

// As git writes them, and as the formatter of Markdown takes them for nested quotes.
const mergeMarker = /^[|\s]*(?:<{7}|>{7}) |(?:> ){6}>/;

const trackedFiles = (root) => {
  const listed = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  if (listed.status !== 0) throw new Error(`git could not list the tracked files: ${listed.stderr}`);
  return listed.stdout.split('\0').filter((file) => file && existsSync(join(root, file)) && statSync(join(root, file)).isFile());
};

/**
 * Where a tracked file names a folder of this machine or the host that its packages come from, or was left in the middle of a merge:
 * `{rule, file, detail}` for each.
 * The host itself is not repeated in the finding: the output of a check is published too.
 */
export const traceViolations = (root, { files = trackedFiles(root), repository = root, hosts = registryHosts() } = {}) => {
  const paths = pathsOf(repository.replace(/\/$/, ''));
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'latin1')
      .split('\n')
      .flatMap((line, index) => {
        const bad = (rule, detail) => ({ rule, file, detail: `line ${index + 1}: ${detail}` });
        return [
          ...(paths.some((path) => line.includes(path)) || homeFolder.test(line)
            ? [bad('no-machine-path', 'a folder of one machine: say it relative to the repository')]
            : []),
          ...(hosts.some((host) => line.includes(host))
            ? [bad('no-registry-host', 'the host that packages come from here: leave it to npm and apt')]
            : []),
          ...(mergeMarker.test(line) ? [bad('no-merge-marker', 'two sides of a merge stand here: say what is true')] : []),
        ];
      }),
  );
};
