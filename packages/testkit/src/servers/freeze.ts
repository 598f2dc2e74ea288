import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const childrenOf = async (pid: number): Promise<readonly number[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=']);
  return stdout.split('\n').flatMap((line) => {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    return child !== undefined && parent === pid ? [child] : [];
  });
};

const signalIfThere = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** The signal is on its way when `kill` returns: what runs on another processor may do one thing more. */
export const untilStopped = async (pid: number): Promise<void> => {
  for (;;) {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
    if (stdout.trim().startsWith('T')) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

/** Stops a process and its children, the process first so that it makes no new ones. Their numbers go into `frozen`. */
export const freezeProcess = async (pid: number, frozen: Set<number>): Promise<void> => {
  signalIfThere(pid, 'SIGSTOP');
  frozen.add(pid);
  for (const child of await childrenOf(pid)) {
    signalIfThere(child, 'SIGSTOP');
    frozen.add(child);
  }
};

/** Lets everything in `frozen` go on and forgets it. */
export const thawProcess = (frozen: Set<number>): Promise<void> => {
  for (const pid of frozen) signalIfThere(pid, 'SIGCONT');
  frozen.clear();
  return Promise.resolve();
};
