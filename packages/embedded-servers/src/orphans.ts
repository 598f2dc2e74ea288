import { readFile } from 'node:fs/promises';
import { run } from './run.js';

/** What to do with a server that still runs on our data although whoever started it is gone: say so, or stop it and go on. */
export type OrphanPolicy = 'refuse' | 'stop';

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const commandLineOf = async (pid: number): Promise<string> => {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    return (await run('ps', ['-o', 'command=', '-p', String(pid)], { timeoutMs: 5_000 })).stdout;
  }
};

/**
 * What the number in a server's pid file stands for. A number alone says little: after a restart of the machine, or in a container where
 * numbers repeat, it may be anybody's; so its command line must name the program and our folder.
 */
export const lookAtPid = async (pid: number, program: string, folder: string): Promise<'nobody' | 'stranger' | 'ours'> => {
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return 'nobody';
  const commandLine = await commandLineOf(pid);
  if (commandLine === '') return 'nobody'; // dead, and nobody has collected it yet
  return commandLine.includes(program) && commandLine.includes(folder) ? 'ours' : 'stranger';
};

/** Asks a process to end and waits. @returns false when it would not within `timeoutMs` */
export const endProcess = async (pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs;
  try {
    process.kill(pid, signal);
  } catch {
    return !isAlive(pid);
  }
  while (isAlive(pid) && (await commandLineOf(pid)) !== '' && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return !isAlive(pid) || (await commandLineOf(pid)) === '';
};
