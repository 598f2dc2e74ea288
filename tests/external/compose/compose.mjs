// docker compose, as a person would type it, in a project of its own.
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs a program to its end. @returns what it said; `code` is not 0 when it failed, and nothing is thrown */
export const run = (program, args, { env = {}, input } = {}) =>
  new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(program, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? 1), stdout: stdout.trim(), stderr: stderr.trim() }),
    );
    child.stdin.end(input);
  });

/** The same, where a failure ends everything. */
export const must = async (program, args, options) => {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code === 0) return stdout;
  throw new Error(`"${program} ${args.join(' ')}" ended with ${code}:\n${stderr || stdout}`);
};

export const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** A project that nobody else uses: its own containers, networks and volumes. */
export const project = (name, port) => {
  const env = { PORT: String(port), COMPOSE_PROGRESS: 'plain' };
  const words = (args) => ['compose', '--project-name', name, ...args];
  const compose = (...args) => must('docker', words(args), { env });
  const inspect = async (ids) => JSON.parse(await must('docker', ['inspect', ...ids]));
  return {
    compose,
    /** `docker compose run --rm cli …` @returns its standard output */
    cli: (...args) => must('docker', words(['--profile', 'tools', 'run', '--rm', '--no-deps', '-T', 'cli', ...args]), { env }),
    /** Runs a module inside a running container. @returns what it printed, as JSON */
    inside: async (service, source, ...args) =>
      JSON.parse(await compose('exec', '-T', service, 'node', '--input-type=module', '-e', source, ...args)),
    /** Runs shell words inside; does not throw. */
    shell: (service, script) => run('docker', words(['exec', '-T', service, 'sh', '-c', script]), { env }),
    /** What the engine knows about every running container, by service. */
    containers: async () => {
      const ids = (await compose('ps', '--quiet')).split('\n').filter(Boolean);
      const all = await inspect(ids);
      return Object.fromEntries(all.map((one) => [one.Config.Labels['com.docker.compose.service'], one]));
    },
    remove: () =>
      run('docker', words(['--profile', 'tools', 'down', '--volumes', '--remove-orphans', '--timeout', '5']), { env }),
  };
};
