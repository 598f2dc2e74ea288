import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { LocalStackError } from './errors.js';
import type { RunningPart } from './part.js';

export type NodeProcessOptions = {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** True once the process said by ipc, or shows by its answers, that it works. Polled until then. */
  readonly isReady: (said: readonly unknown[]) => Promise<boolean>;
  readonly readyTimeoutMs?: number;
  readonly stopTimeoutMs?: number;
};

const maxLogBytes = 32 * 1024 * 1024;
const pollMs = 25;

const openLog = (file: string): number => {
  if (existsSync(file) && statSync(file).size > maxLogBytes) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
};

const lastWords = (file: string, from: number): string => {
  const lines = readFileSync(file).subarray(from).toString('utf8').trim().split('\n');
  const line = lines.at(-1) ?? '';
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [msg, err?.message].filter(Boolean).join(': ');
  } catch {
    return line;
  }
};

/**
 * Starts a program of ours in a process group of its own and waits until it is ready. It is stopped by an ipc message, and stops by itself
 * when the channel closes because we are gone.
 *
 * @throws {LocalStackError} `stack.part_refused` (it ended, with what it said last), `stack.part_not_ready`
 */
export const startNodeProcess = async (options: NodeProcessOptions): Promise<RunningPart> => {
  const {
    name,
    script,
    args = [],
    nodeArgs = [],
    env,
    logFile,
    isReady,
    readyTimeoutMs = 60_000,
    stopTimeoutMs = 30_000,
  } = options;
  const log = openLog(logFile);
  const from = statSync(logFile).size;
  const child = spawn(process.execPath, [...nodeArgs, script, ...args], {
    env,
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const said: unknown[] = [];
  child.on('message', (message) => said.push(message));
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 1, signal: null }));
  });
  let ended = false;
  void exited.then(() => {
    ended = true;
  });

  const stop = async (): Promise<void> => {
    if (ended) return;
    const killer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    if (child.connected) child.send('stop', () => undefined);
    else child.kill('SIGTERM');
    await exited;
    clearTimeout(killer);
  };

  const deadline = Date.now() + readyTimeoutMs;
  while (!ended && !(await isReady(said))) {
    if (Date.now() > deadline) {
      await stop();
      throw new LocalStackError(
        'stack.part_not_ready',
        `${name} was not ready within ${readyTimeoutMs / 1000} s: ${lastWords(logFile, from)}; see ${logFile}`,
        { name },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  if (ended) {
    const { code, signal } = await exited;
    throw new LocalStackError(
      'stack.part_refused',
      `${name} ended while starting (${signal ?? `code ${code}`}): ${lastWords(logFile, from) || 'it said nothing'}; see ${logFile}`,
      { name, exitCode: code },
    );
  }
  return { pid: child.pid as number, exited, stop };
};
