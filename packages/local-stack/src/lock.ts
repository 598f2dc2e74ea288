import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { LocalStackError } from './errors.js';
import { processStart } from './process-identity.js';

const holder = z.object({ pid: z.int().positive(), started: z.string() });

/** The supervisor that holds a home, if it is alive: a pid alone may meanwhile be somebody else's. */
export const lockHolder = (lockFile: string): number | undefined => {
  try {
    const { pid, started } = holder.parse(JSON.parse(readFileSync(lockFile, 'utf8')));
    return processStart(pid) === started ? pid : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Takes a home for this process.
 *
 * @returns gives it back
 * @throws {LocalStackError} `stack.already_starting`
 */
export const takeLock = (lockFile: string): (() => void) => {
  const mine = JSON.stringify({ pid: process.pid, started: processStart(process.pid) });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(lockFile, mine, { flag: 'wx', mode: 0o600 });
      return () => {
        if (lockHolder(lockFile) === process.pid) rmSync(lockFile, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = lockHolder(lockFile);
      if (pid !== undefined) {
        throw new LocalStackError(
          'stack.already_starting',
          `a stack with this home is starting or stopping already (pid ${pid}); wait for it, or give this one another LATCHKEY_HOME`,
          { pid },
        );
      }
      rmSync(lockFile, { force: true }); // of a supervisor that was killed
    }
  }
  throw new LocalStackError('stack.already_starting', 'another stack took this home at the same moment; try again');
};
