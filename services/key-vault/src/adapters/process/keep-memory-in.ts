import { writeFileSync } from 'node:fs';

/**
 * What this process leaves behind when it crashes holds neither its memory nor its environment. A limit on the size of core files alone
 * would not do: the kernel ignores it when it hands them to a program.
 *
 * @param coreDumpFilter core(5): which kinds of memory are written; a system without that file writes what it likes, and is not ours to change
 */
export const keepMemoryIn = (coreDumpFilter = '/proc/self/coredump_filter'): void => {
  if (process.report) process.report.excludeEnv = true;
  try {
    writeFileSync(coreDumpFilter, '0', { flag: 'r+' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};
