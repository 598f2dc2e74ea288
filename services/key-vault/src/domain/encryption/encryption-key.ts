import { keyBytes } from './aead.js';

/** A 256-bit master key, or what is wrong with the text: a sentence that never quotes it. */
export type EncryptionKeyReading = { readonly ok: true; readonly key: Buffer } | { readonly ok: false; readonly problem: string };

const remedy = 'make one with "openssl rand -hex 32" and keep a copy offline: without it no stored secret can be read again';

// Digit by digit: a regular expression would keep its last subject, the key, reachable on the heap.
const nibble = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
};

const isRepeated = (key: Buffer, period: number): boolean => key.every((byte, i) => byte === key[i % period]);

/**
 * Reads a master key: 64 hex digits, not one byte (or a run of up to eight) over and over.
 *
 * @param text as it stands in a variable, or the bytes of a file
 */
export const readEncryptionKey = (text: string | Uint8Array): EncryptionKeyReading => {
  const codeAt = (i: number): number => (typeof text === 'string' ? text.charCodeAt(i) : (text[i] ?? 0));
  if (text.length !== keyBytes * 2) {
    return { ok: false, problem: `must be exactly 64 hex digits, but has ${text.length} characters; ${remedy}` };
  }
  const key = Buffer.alloc(keyBytes);
  for (let i = 0; i < keyBytes; i += 1) {
    const high = nibble(codeAt(2 * i));
    const low = nibble(codeAt(2 * i + 1));
    if (high < 0 || low < 0) {
      key.fill(0);
      return { ok: false, problem: `must be 64 hex digits (0-9, a-f), but holds another character; ${remedy}` };
    }
    key[i] = high * 16 + low;
  }
  if (key.every((byte) => byte === 0)) return { ok: false, problem: `must not be all zeros; ${remedy}` };
  if ([1, 2, 4, 8].some((period) => isRepeated(key, period))) {
    key.fill(0);
    return { ok: false, problem: `must not repeat the same bytes over and over; ${remedy}` };
  }
  return { ok: true, key };
};
