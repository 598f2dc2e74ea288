import { readEncryptionKey } from './encryption-key.js';

/** The keys of a keyring file, or what is wrong with it: a sentence that names a line and never quotes it. */
export type KeyringReading =
  | { readonly ok: true; readonly current: Buffer; readonly reading: readonly Buffer[] }
  | { readonly ok: false; readonly problem: string };

const remedy = 'each line is "current <64 hex digits>" (one of them), "reading <64 hex digits>", empty, or a comment after "#"';
const [tab, lineFeed, carriageReturn, space, hash] = [9, 10, 13, 32, 35];
const maxKeys = 16;

const isBlank = (byte: number | undefined): boolean => byte === space || byte === tab || byte === carriageReturn;

// Byte by byte, as in a key itself: text could not be overwritten, and a regular expression would keep its last subject.
const wordsOf = (line: Uint8Array): readonly Uint8Array[] => {
  const words: Uint8Array[] = [];
  let start = -1;
  for (let i = 0; i <= line.length; i += 1) {
    const ends = i === line.length || isBlank(line[i]);
    if (!ends && start < 0) start = i;
    if (ends && start >= 0) {
      words.push(line.subarray(start, i));
      start = -1;
    }
  }
  return words[0]?.[0] === hash ? [] : words;
};

const linesOf = (bytes: Uint8Array): readonly Uint8Array[] => {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i <= bytes.length; i += 1) {
    if (i < bytes.length && bytes[i] !== lineFeed) continue;
    lines.push(bytes.subarray(start, i));
    start = i + 1;
  }
  return lines;
};

const is = (word: Uint8Array | undefined, text: string): boolean => word !== undefined && Buffer.from(text).equals(word);

/** Reads a keyring file: one current key, which writes, and any number (up to 15) that are only read with. */
export const readKeyring = (bytes: Uint8Array): KeyringReading => {
  const current: Buffer[] = [];
  const reading: Buffer[] = [];
  const refuse = (problem: string): KeyringReading => {
    for (const key of [...current, ...reading]) key.fill(0);
    return { ok: false, problem: `${problem}; ${remedy}` };
  };
  for (const [i, line] of linesOf(bytes).entries()) {
    const [name, key, ...more] = wordsOf(line);
    if (name === undefined) continue;
    const into = is(name, 'current') ? current : is(name, 'reading') ? reading : undefined;
    if (into === undefined) return refuse(`line ${i + 1} begins with neither "current" nor "reading"`);
    if (key === undefined || more.length > 0) return refuse(`line ${i + 1} does not have exactly one key`);
    const read = readEncryptionKey(key);
    if (!read.ok) return refuse(`the key in line ${i + 1} ${read.problem}`);
    into.push(read.key);
  }
  const [writing, ...others] = current;
  if (writing === undefined) return refuse('no line begins with "current"');
  if (others.length > 0) return refuse(`${current.length} lines begin with "current"`);
  if (reading.length >= maxKeys) return refuse(`it has ${reading.length + 1} keys, and at most ${maxKeys} are taken`);
  return { ok: true, current: writing, reading };
};
