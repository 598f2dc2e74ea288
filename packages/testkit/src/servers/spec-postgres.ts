import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type RunningPostgres, type StartPostgresOptions } from '@latchkey/embedded-servers';
import { cacheDir } from '../paths.js';

/** A throw-away Postgres: gone, data and all, when it is stopped or when this process ends in whatever way. */
export type SpecPostgres = {
  readonly running: RunningPostgres;
  /** Starts it again on the same data and port, after it was stopped or killed. */
  readonly start: () => Promise<RunningPostgres>;
  /** Stops it and deletes its data. */
  readonly remove: () => Promise<void>;
};

/** `durability: 'fast'` unless the settings say otherwise: nothing here outlives a power cut. */
export const startSpecPostgres = async (overrides: Partial<StartPostgresOptions> = {}): Promise<SpecPostgres> => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-spec-pg-'));
  const options: StartPostgresOptions = {
    dataDir: join(folder, 'data'),
    templateCacheDir: cacheDir,
    durability: 'fast',
    removeDirWithParent: folder,
    log: join(folder, 'postgres.log'),
    ...overrides,
  };
  try {
    let running = await startPostgres(options);
    const { port } = running;
    return {
      get running() {
        return running;
      },
      start: async () => {
        running = await startPostgres({ ...options, port });
        return running;
      },
      remove: async () => {
        await running.stop('immediate');
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};
