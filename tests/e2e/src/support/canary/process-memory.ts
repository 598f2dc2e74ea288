import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@latchkey/testkit';
import { dense } from './dense.js';

const blockBytes = 8 * 1024 * 1024;
/** So much of each block is read again with the next: what lies across their border is seen whole. */
const overlapBytes = 4 * 1024;

type Region = { readonly from: number; readonly upTo: number };

/** Parts of memory that the process wrote to and that are there: `smaps` tells the resident size below each region's line. */
const regionsOf = (pid: number): readonly Region[] => {
  const regions: Region[] = [];
  let last: Region | undefined;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const region = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line);
    if (region) {
      const [, from = '', upTo = '', rights = ''] = region;
      last = rights.startsWith('rw') ? { from: Number.parseInt(from, 16), upTo: Number.parseInt(upTo, 16) } : undefined;
    } else if (last && /^Rss:\s+[1-9]/.test(line)) {
      regions.push(last);
      last = undefined;
    }
  }
  return regions;
};

/** All that a process of ours holds in memory: strings, buffers, what was freed and not overwritten yet. Linux only. */
export function* memoryOf(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const { from, upTo } of regionsOf(pid)) {
      for (let at = from; at < upTo; at += blockBytes - overlapBytes) {
        const block = Buffer.allocUnsafe(Math.min(blockBytes, upTo - at));
        try {
          const read = readSync(memory, block, 0, block.length, at);
          yield dense(block.subarray(0, read));
        } catch {
          // The region went away since it was listed.
        }
      }
    }
  } finally {
    closeSync(memory);
  }
}

const isWhole = (file: string): boolean => {
  const size = statSync(file).size;
  const end = Buffer.alloc(2);
  const descriptor = openSync(file, 'r');
  try {
    return size > 2 && readSync(descriptor, end, 0, 2, size - 2) === 2 && end.toString().trimEnd().endsWith('}');
  } finally {
    closeSync(descriptor);
  }
};

/** Asks an instrumented service for a heap snapshot. @returns the text of every string in it */
export const heapOf = async (pid: number, folder: string): Promise<Buffer> => {
  const mine = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.includes(`.${pid}.`)) : []);
  const before = new Set(mine());
  process.kill(pid, 'SIGUSR2');
  const file = await eventually(
    () => {
      const name = mine().find((one) => !before.has(one) && one.endsWith('.heapsnapshot'));
      if (name === undefined || !isWhole(join(folder, name))) throw new TypeError(`no snapshot of ${pid} yet`);
      return join(folder, name);
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
  // Strings come last; the numbers before them are graph, not content.
  const bytes = readFileSync(file);
  const strings = JSON.parse(
    bytes.subarray(bytes.lastIndexOf('"strings":') + '"strings":'.length, bytes.lastIndexOf('}')).toString(),
  );
  return Buffer.from((strings as readonly string[]).join('\n'));
};
