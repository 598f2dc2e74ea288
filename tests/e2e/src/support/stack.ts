import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@latchkey/testkit';

export const repositoryRoot = fileURLToPath(new URL('../../../../', import.meta.url));

type Description = {
  readonly supervisor: { readonly pid: number };
  readonly gateway: { readonly url: string };
  readonly simulator: { readonly binance: string; readonly bybit: string; readonly control: string };
  readonly nats: {
    readonly url: string;
    readonly monitor: string;
    readonly pid: number;
    readonly users: Record<string, { seedFile: string }>;
  };
  readonly postgres: {
    readonly pid: number;
    readonly admin: string;
    readonly databases: Record<string, string>;
    readonly auditor: Record<string, string>;
  };
  readonly services: Record<string, { readonly pid: number; readonly log: string }>;
};

/** A whole stack of its own: the supervisor as `npm start` runs it, with a home and a port that nobody else has. */
export type Stack = {
  readonly home: string;
  /** Read anew each time: restarts change pids. */
  readonly description: () => Description;
  readonly pidOf: (part: string) => number;
  /** What the supervisor has said so far. */
  readonly said: () => string;
  readonly signal: (part: string, signal: NodeJS.Signals) => void;
  /** Runs a command of the CLI against this stack. */
  readonly cli: (
    ...args: readonly string[]
  ) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** Asks it to stop, as Ctrl-C does. @returns the supervisor's exit code */
  readonly stop: () => Promise<number | null>;
  readonly dispose: () => Promise<void>;
};

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const run = (args: readonly string[], env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [...args], { cwd: repositoryRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
};

/** Our own environment without what vitest and npm put in. */
const cleanEnvironment = (extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_ENV|NODE_OPTIONS|ENCRYPTION_KEY|LATCHKEY_)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...extra };
};

/** Starts the supervisor and does not wait: for specs of a stack that must not come up. */
export const launch = async (
  extra: Readonly<Record<string, string>> = {},
  home = mkdtempSync(join(tmpdir(), 'latchkey-e2e-')),
  nodeArgs: readonly string[] = [],
) => {
  const port = extra['PORT'] ?? String(await freePort());
  const env = cleanEnvironment({ ...extra, PORT: port, LATCHKEY_HOME: home });
  const child = spawn(process.execPath, [...nodeArgs, join(repositoryRoot, 'packages/local-stack/dist/main.js')], {
    cwd: repositoryRoot,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  return { child, home, env, port, said: () => said, exited };
};

/**
 * Starts a stack and waits until it has described itself.
 *
 * @param nodeArgs arguments of the Node that runs the launcher
 */
export const startStack = async (
  extra: Readonly<Record<string, string>> = {},
  home?: string,
  nodeArgs: readonly string[] = [],
): Promise<Stack> => {
  const { child, env, said, exited, home: dir } = await launch(extra, home, nodeArgs);
  let ended = false;
  void exited.then(() => (ended = true));
  const file = join(dir, 'stack.json');
  const stop = (): Promise<number | null> => {
    if (child.connected) child.send('stop');
    return exited;
  };
  await eventually(
    () => {
      if (ended) throw new TypeError(`the stack ended while starting:\n${said()}`);
      if (!existsSync(file)) throw new TypeError(`not ready:\n${said()}`);
    },
    { timeoutMs: 120_000 },
  );
  const description = () => JSON.parse(readFileSync(file, 'utf8')) as Description;
  const pidOf = (part: string): number => {
    const now = description();
    if (part === 'postgres') return now.postgres.pid;
    if (part === 'nats') return now.nats.pid;
    const service = now.services[part];
    if (!service) throw new TypeError(`the stack has no part "${part}"`);
    return service.pid;
  };
  return {
    home: dir,
    description,
    pidOf,
    said,
    signal: (part, signal) => process.kill(pidOf(part), signal),
    cli: (...args) => run([join(repositoryRoot, 'packages/cli/dist/main.js'), ...args], env),
    stop,
    dispose: async () => {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
