import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type StartPostgresOptions } from '@latchkey/embedded-servers';
import { cacheDir } from '../paths.js';
import { freezeProcess, thawProcess } from './freeze.js';
import type { SpecPostgres, SpecPostgresOptions } from './spec-servers.js';

/** As processes of this machine. */
export const startEmbeddedPostgres = async (asked: SpecPostgresOptions): Promise<SpecPostgres> => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-spec-pg-'));
  const options: StartPostgresOptions = {
    dataDir: join(folder, 'data'),
    templateCacheDir: cacheDir,
    durability: 'fast',
    removeDirWithParent: folder,
    log: join(folder, 'postgres.log'),
    ...asked,
  };
  try {
    let running = await startPostgres(options);
    const { port } = running;
    const frozen = new Set<number>();
    const thaw = () => thawProcess(frozen);
    return {
      get adminUrl() {
        return running.adminUrl;
      },
      port,
      get pid() {
        return running.pid;
      },
      folders: [folder],
      stop: async (mode) => {
        await thaw();
        await running.stop(mode);
      },
      kill: async () => {
        await running.kill();
        await thaw(); // its children can only notice when they run
      },
      start: async () => {
        running = await startPostgres({ ...options, port });
      },
      freeze: () => freezeProcess(running.pid, frozen),
      thaw,
      remove: async () => {
        await thaw();
        await running.stop('immediate');
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};
