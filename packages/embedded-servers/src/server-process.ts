import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '@latchkey/kernel';
import { EmbeddedServersError, type EmbeddedServersErrorCode } from './errors.js';
import { guardProcess, type GuardOptions } from './guard.js';

/** Where a server's own log lines go: a file that is appended to, or a function that is called for each line. Without one they are dropped. */
export type LogSink = string | ((line: string) => void);

/** How a process ended. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A running child, whose life is tied to ours. */
export type ServerProcess = {
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. Never rejects. */
  readonly exited: Promise<Exit>;
  readonly hasExited: () => boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** The last lines that it logged since it was started. */
  readonly tail: () => readonly string[];
};

type SpawnOptions = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly log?: LogSink | undefined;
  readonly guard: Omit<GuardOptions, 'pid'>;
  /** Of the error when the program cannot even be executed. */
  readonly failureCode: EmbeddedServersErrorCode;
};

const tailLines = 20;
const tailBytes = 8_192;

/** A file descriptor as log: what the server writes survives us, which is when it is wanted most. */
const fileLog = (path: string) => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'a+', 0o600);
  const start = fstatSync(fd).size;
  const tail = (): readonly string[] => {
    const read = openSync(path, 'r');
    const end = fstatSync(read).size;
    const from = Math.max(start, end - tailBytes);
    const buffer = Buffer.alloc(Math.max(0, end - from));
    readSync(read, buffer, 0, buffer.length, from);
    closeSync(read);
    return buffer.toString('utf8').split('\n').filter(Boolean).slice(-tailLines);
  };
  return { fd, tail };
};

/** Starts a server in a process group of its own, so that a Ctrl-C reaches it only through whoever decides the order of shutting down. */
export const spawnServer = async (options: SpawnOptions): Promise<ServerProcess> => {
  const file = typeof options.log === 'string' ? fileLog(options.log) : undefined;
  const output = file === undefined ? 'pipe' : file.fd;
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', output, output],
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  if (file !== undefined) closeSync(file.fd);

  const recent: string[] = [];
  const onLine = typeof options.log === 'function' ? options.log : undefined;
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      recent.push(line);
      if (recent.length > tailLines) recent.shift();
      onLine?.(line);
    });
  }

  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      const message = `"${options.command}" cannot be executed (${messageOf(cause)}): check that it is there and may be run.`;
      reject(new EmbeddedServersError(options.failureCode, message, { command: options.command }, { cause }));
    });
  });
  const pid = child.pid as number;
  const guard = guardProcess({ ...options.guard, pid });
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      guard.release();
      resolve(exit);
    });
  });
  return {
    pid,
    exited,
    hasExited: () => exit !== undefined,
    signal: (signal) => void child.kill(signal),
    tail: () => file?.tail() ?? recent,
  };
};

/** Waits for the end of a process for at most `timeoutMs`, then kills it. */
export const exitOrKill = async (server: ServerProcess, timeoutMs: number): Promise<Exit> => {
  const timer = setTimeout(() => server.signal('SIGKILL'), timeoutMs);
  try {
    return await server.exited;
  } finally {
    clearTimeout(timer);
  }
};
