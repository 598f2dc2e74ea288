import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServersError } from '../errors.js';
import { run } from '../run.js';

/** What to do with a Postgres that still runs on our data although whoever started it is gone. */
export type OrphanPolicy = 'refuse' | 'stop';

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const contentOf = (dataDir: string) => readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');

/** True when the postmaster `pid` has written into its folder that it takes connections (first line: its number; eighth: its state). */
export const isListening = async (dataDir: string, pid: number): Promise<boolean> => {
  const lines = (await contentOf(dataDir)).split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
};

const commandLineOf = async (pid: number): Promise<string> => {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    return (await run('ps', ['-o', 'command=', '-p', String(pid)], { timeoutMs: 5_000 })).stdout;
  }
};

const waitUntilGone = async (pid: number, timeoutMs: number) => {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  return !isAlive(pid);
};

/**
 * Looks at `postmaster.pid` before a start. Postgres itself gets over the file of a dead process, but not over one whose number now belongs
 * to another program: after a restart of the machine, or in a container where numbers repeat, it would refuse to start for ever.
 *
 * @throws {EmbeddedServersError} `embedded.postgres_already_running`
 */
export const clearPostmasterPid = async (dataDir: string, policy: OrphanPolicy, log: (line: string) => void): Promise<void> => {
  const pid = Number((await contentOf(dataDir)).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;

  const commandLine = await commandLineOf(pid);
  if (!(commandLine.includes('postgres') && commandLine.includes(dataDir))) {
    log(`postmaster.pid names process ${pid}, which is not our Postgres: removing the stale file`);
    await rm(join(dataDir, 'postmaster.pid'), { force: true });
    return;
  }
  if (policy === 'stop') {
    log(`a Postgres of an earlier start still runs on this data (pid ${pid}): stopping it`);
    process.kill(pid, 'SIGINT');
    if (await waitUntilGone(pid, 20_000)) return;
  }
  throw new EmbeddedServersError(
    'embedded.postgres_already_running',
    `a Postgres already runs on "${dataDir}" (pid ${pid}). Stop the stack that uses it (npm run latchkey -- stop), or end that process with ` +
      `"kill -INT ${pid}".`,
    { dataDir, pid },
  );
};
