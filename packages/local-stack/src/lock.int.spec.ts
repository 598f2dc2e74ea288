import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockHolder, takeLock } from './lock.js';
import { processStart } from './process-identity.js';
import { readStackFile } from './stack-file.js';

describe('the lock of a home', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-lock-'));
    file = join(folder, 'supervisor.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is held by one process until it is given back', () => {
    const release = takeLock(file);
    expect(lockHolder(file)).toBe(process.pid);
    expect(() => takeLock(file)).toThrow(expect.objectContaining({ code: 'stack.already_starting' }));
    release();
    expect(existsSync(file)).toBe(false);
    takeLock(file)();
  });

  it('is taken over from a supervisor that was killed, also when somebody else has its pid now', () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'at another time' }));
    expect(lockHolder(file)).toBeUndefined();
    takeLock(file)();
  });

  it('tells processes apart by when they were started', () => {
    expect(processStart(process.pid)).toMatch(/\d/);
    expect(processStart(2 ** 22 + 1)).toBeUndefined();
  });

  it('a description that is not there, or of another version, says what to do', () => {
    expect(() => readStackFile(join(folder, 'stack.json'))).toThrow(expect.objectContaining({ code: 'stack.not_running' }));
    writeFileSync(join(folder, 'stack.json'), '{"gateway": {}}');
    expect(() => readStackFile(join(folder, 'stack.json'))).toThrow(expect.objectContaining({ code: 'stack.file_invalid' }));
  });
});
