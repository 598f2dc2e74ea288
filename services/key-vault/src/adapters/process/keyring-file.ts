import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { readKeyring, type KeyringReading } from '../../domain/encryption/keyring-text.js';

const maxBytes = 64 * 1024;

const reasonOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unreadable');

const readOpen = (file: number): KeyringReading => {
  const { mode, size } = fstatSync(file);
  if ((mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    return {
      ok: false,
      problem: `can be read by others than its owner (mode ${shown}); close it: chmod 600, and have this process own it`,
    };
  }
  if (size > maxBytes) return { ok: false, problem: `has ${size} bytes, and a keyring has at most ${maxBytes}` };
  const bytes = readFileSync(file);
  try {
    return readKeyring(bytes);
  } finally {
    bytes.fill(0);
  }
};

/** Reads a keyring file, unless anybody but its owner may: permissions and content of the same open file, so that nobody swaps it in between. */
export const readKeyringFile = (path: string): KeyringReading => {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    return { ok: false, problem: `cannot be read (${reasonOf(error)}); mount it where this process may read it` };
  }
  try {
    return readOpen(file);
  } catch (error) {
    return { ok: false, problem: `cannot be read (${reasonOf(error)})` };
  } finally {
    closeSync(file);
  }
};
