import { readFileSync, writeFileSync } from 'node:fs';
import { platform } from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { keepMemoryIn } from './keep-memory-in.js';

const filter = '/proc/self/coredump_filter';
const before = platform === 'linux' ? readFileSync(filter, 'utf8').trim() : undefined;

afterEach(() => {
  if (process.report) process.report.excludeEnv = false;
  if (before !== undefined) writeFileSync(filter, `0x${before}`);
});

describe('a process that keeps its memory in', () => {
  it('writes none of it to a core dump, and no environment to a report', () => {
    keepMemoryIn();
    expect(process.report?.excludeEnv).toBe(true);
    if (before !== undefined) expect(Number.parseInt(readFileSync(filter, 'utf8'), 16)).toBe(0);
  });

  it('starts where there is nothing to set, and makes no such file', () => {
    expect(() => keepMemoryIn('/nowhere/coredump_filter')).not.toThrow();
  });
});
