import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServersError } from '../errors.js';
import { endProcess, lookAtPid, type OrphanPolicy } from '../orphans.js';

const contentOf = (dataDir: string) => readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');

/** True when the postmaster `pid` has written into its folder that it takes connections (first line: its number; eighth: its state). */
export const isListening = async (dataDir: string, pid: number): Promise<boolean> => {
  const lines = (await contentOf(dataDir)).split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
};

/**
 * Looks at `postmaster.pid` before a start. Postgres itself gets over the file of a dead process, but not over one whose number now belongs
 * to another program: it would refuse to start for ever.
 *
 * @throws {EmbeddedServersError} `embedded.postgres_already_running`
 */
export const clearPostmasterPid = async (dataDir: string, policy: OrphanPolicy, log: (line: string) => void): Promise<void> => {
  const pid = Number((await contentOf(dataDir)).split('\n')[0]);
  const owner = await lookAtPid(pid, 'postgres', dataDir);
  if (owner === 'nobody') return;
  if (owner === 'stranger') {
    log(`postmaster.pid names process ${pid}, which is not our Postgres: removing the stale file`);
    await rm(join(dataDir, 'postmaster.pid'), { force: true });
    return;
  }
  if (policy === 'stop') {
    log(`a Postgres of an earlier start still runs on this data (pid ${pid}): stopping it`);
    if (await endProcess(pid, 'SIGINT', 20_000)) return;
  }
  throw new EmbeddedServersError(
    'embedded.postgres_already_running',
    `a Postgres already runs on "${dataDir}" (pid ${pid}). Stop the stack that uses it (npm run latchkey -- stop), or end that process with ` +
      `"kill -INT ${pid}".`,
    { dataDir, pid },
  );
};
