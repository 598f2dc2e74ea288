import { constants, deflateSync, gzipSync, inflateRawSync, inflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Packing } from './encodings.js';

const maxOutputLength = 32 * 1024 * 1024;
// Whatever came out before it broke off: a log may have been cut, a page overwritten.
const lenient = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength };

/** Past the header of gzip: zlib's own reader takes no bytes behind the end, and we do not know where that is. */
const gzipBody = (bytes: Buffer): Buffer => {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const text of [8, 16]) if (flags & text) at = bytes.indexOf(0, at) + 1;
  return bytes.subarray(flags & 2 ? at + 2 : at);
};

const compressions = [
  { magic: [0x1f, 0x8b, 0x08], open: (bytes: Buffer) => inflateRawSync(gzipBody(bytes), lenient) },
  { magic: [0x78, 0x01], open: (bytes: Buffer) => inflateSync(bytes, lenient) },
  { magic: [0x78, 0x5e], open: (bytes: Buffer) => inflateSync(bytes, lenient) },
  { magic: [0x78, 0x9c], open: (bytes: Buffer) => inflateSync(bytes, lenient) },
  { magic: [0x78, 0xda], open: (bytes: Buffer) => inflateSync(bytes, lenient) },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], open: (bytes: Buffer) => zstdDecompressSync(bytes, { maxOutputLength }) },
] as const;

// A compressed stream is read to its own end, not to that of what it stands in; what is longer was not written by accident.
const longestPacked = 256 * 1024;

/** Most of what begins like a packed piece is none: thousands of errors, whose stacks would cost more than all the rest. */
const attempt = (open: () => Buffer): Buffer | undefined => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return open();
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

function* decompressed(bytes: Buffer): Generator<Buffer> {
  for (const { magic, open } of compressions) {
    const start = Buffer.from(magic);
    for (let at = bytes.indexOf(start); at !== -1; at = bytes.indexOf(start, at + 1)) {
      const inside = attempt(() => open(bytes.subarray(at, at + longestPacked)));
      if (inside !== undefined && inside.length > 0) yield inside;
    }
  }
}

const isDigit = new Uint8Array(256);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_') isDigit[char.charCodeAt(0)] = 1;
const shortestRun = 40;

/** What the runs of base64 digits say: a JWS has its payload so, and a sealed secret its header, one within the other. */
function* decoded(bytes: Buffer, shifts: number): Generator<Buffer> {
  let start = 0;
  for (let i = 0; i <= bytes.length; i += 1) {
    if (i < bytes.length && isDigit[bytes[i] as number] === 1) continue;
    if (i - start >= shortestRun) {
      for (let shift = 0; shift < shifts; shift += 1) yield Buffer.from(bytes.toString('latin1', start + shift, i), 'base64');
    }
    start = i + 1;
  }
}

/**
 * What is packed in `bytes`, and what is packed in that, three deep.
 *
 * @param options.shifts at how many places a run of base64 may begin: 4 finds one that follows a letter directly
 */
export function* unpacked(bytes: Buffer, { shifts = 4, depth = 3 } = {}): Generator<Buffer> {
  if (depth === 0) return;
  const pieces: Buffer[] = [];
  let size = 0;
  for (const pack of [decompressed(bytes), decoded(bytes, shifts)]) {
    for (const piece of pack) {
      pieces.push(piece, separator);
      size += piece.length;
      if (size < maxOutputLength) continue;
      const inside = Buffer.concat(pieces.splice(0));
      size = 0;
      yield inside;
      yield* unpacked(inside, { shifts, depth: depth - 1 });
    }
  }
  if (pieces.length === 0) return;
  const inside = Buffer.concat(pieces);
  yield inside;
  yield* unpacked(inside, { shifts, depth: depth - 1 });
}

// No digit of any encoding: pieces must not run into each other.
const separator = Buffer.from('\n');

/** The same the other way round, for what is planted. */
export const pack: Readonly<Record<Packing, (text: Buffer) => Buffer>> = {
  gzip: (text) => gzipSync(text),
  zlib: (text) => deflateSync(text),
  zstd: (text) => zstdCompressSync(text),
  'base64 within base64url': (text) => {
    const header = Buffer.from(JSON.stringify({ typ: 'planted', value: text.toString('utf8') })).toString('base64');
    return Buffer.from(Buffer.from(JSON.stringify({ body: { sealed: header } })).toString('base64url'));
  },
};
