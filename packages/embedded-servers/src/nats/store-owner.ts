import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServersError } from '../errors.js';
import { endProcess, lookAtPid, type OrphanPolicy } from '../orphans.js';

/** Where a server on this store writes its process number. */
export const pidFileOf = (storeDir: string): string => join(storeDir, 'nats-server.pid');

/**
 * Looks whether another nats-server uses the store. nats-server takes no lock on it: two at once would each overwrite what the other wrote.
 *
 * @throws {EmbeddedServersError} `embedded.nats_already_running`
 */
export const clearStoreOwner = async (storeDir: string, policy: OrphanPolicy): Promise<void> => {
  const pid = Number(await readFile(pidFileOf(storeDir), 'utf8').catch(() => ''));
  if ((await lookAtPid(pid, 'nats-server', storeDir)) !== 'ours') return;
  if (policy === 'stop' && ((await endProcess(pid, 'SIGTERM', 10_000)) || (await endProcess(pid, 'SIGKILL', 2_000)))) return;
  throw new EmbeddedServersError(
    'embedded.nats_already_running',
    `a nats-server already runs on "${storeDir}" (pid ${pid}). Stop the stack that uses it (npm run latchkey -- stop), or end that process with ` +
      `"kill ${pid}".`,
    { storeDir, pid },
  );
};
