import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeyringFile } from './keyring-file.js';

const key = '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210';
let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-keyring-'));
  path = join(folder, 'keyring');
  writeFileSync(path, `current ${key}\n`, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a keyring file', () => {
  it.each([0o600, 0o400])('is read when its owner alone may read it (%o), also over a link', (mode) => {
    chmodSync(path, mode);
    const link = join(folder, `link-${mode}`);
    symlinkSync(path, link);
    for (const name of [path, link]) {
      const reading = readKeyringFile(name);
      expect(reading.ok && reading.current.toString('hex')).toBe(key);
    }
  });

  it.each([0o640, 0o604, 0o660, 0o644, 0o620, 0o610, 0o601])('is refused when others may touch it (%o)', (mode) => {
    chmodSync(path, mode);
    const reading = readKeyringFile(path);
    expect(reading).toMatchObject({
      ok: false,
      problem: expect.stringMatching(new RegExp(`mode 0${mode.toString(8)}.*chmod 600`)),
    });
    expect(JSON.stringify(reading)).not.toContain(key.slice(0, 12));
  });

  it('is refused when it is not there, is a folder, or is no keyring', () => {
    expect(readKeyringFile(join(folder, 'none'))).toMatchObject({ problem: expect.stringContaining('ENOENT') });
    chmodSync(folder, 0o700);
    expect(readKeyringFile(folder)).toMatchObject({ problem: expect.stringContaining('EISDIR') });
    const other = join(folder, 'other');
    writeFileSync(other, 'x'.repeat(70_000), { mode: 0o600 });
    expect(readKeyringFile(other)).toMatchObject({ problem: expect.stringContaining('70000 bytes') });
  });
});
