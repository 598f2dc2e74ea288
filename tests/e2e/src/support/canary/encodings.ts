/** One way of writing a text down. */
export type Encoding = {
  readonly name: string;
  /** False: it may hold NUL bytes, so that environments, command lines and JSON cannot. */
  readonly isText: boolean;
  /** The whole text, as that encoding has it. */
  readonly write: (text: Buffer) => Buffer;
  /**
   * What of it stands there whatever stands before and behind, once for each alignment: base64 of a part of something longer depends on
   * where the part begins.
   */
  readonly needles: (text: Buffer) => readonly Buffer[];
  /** Bytes that stand for so many of the text. */
  readonly bytesFor: (bytes: number) => number;
};

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const eachByte = (write: (byte: number) => string) => (text: Buffer) => ascii(Array.from(text, write).join(''));
const hexOf = (byte: number): string => byte.toString(16).padStart(2, '0');

const swapped = (text: Buffer): Buffer => Buffer.from(text.toString('utf8'), 'utf16le').swap16();

const base32Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const base32 = (text: Buffer): Buffer => {
  const bits = Array.from(text, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return ascii((bits.match(/.{1,5}/g) ?? []).map((five) => base32Digits[Number.parseInt(five.padEnd(5, '0'), 2)]).join(''));
};

/** @param group bytes that are written together, as so many digits */
const aligned =
  (write: (text: Buffer) => Buffer, group: number, digits: number) =>
  (text: Buffer): readonly Buffer[] =>
    Array.from({ length: group }, (_, shift) => {
      const written = write(Buffer.concat([Buffer.alloc(shift), text]));
      const from = Math.ceil((shift * digits) / group);
      const upTo = Math.floor(((shift + text.length) * digits) / group);
      return written.subarray(from, upTo);
    });

const plain = (name: string, write: Encoding['write'], factor: number, isText = true): Encoding => ({
  name,
  isText,
  write,
  needles: (text) => [write(text)],
  bytesFor: (bytes) => bytes * factor,
});
const grouped = (name: string, write: Encoding['write'], group: number, digits: number): Encoding => ({
  name,
  isText: true,
  write,
  needles: aligned(write, group, digits),
  bytesFor: (bytes) => Math.ceil((bytes * digits) / group),
});

/** Every form in which a secret may have been written down by accident. Longer forms of one that is here need none of their own. */
export const encodings: readonly Encoding[] = [
  plain('raw', (text) => text, 1),
  // The next two are the same as raw, unless the secret has more than letters and digits.
  plain('URL-encoded', (text) => ascii(encodeURIComponent(text.toString('utf8'))), 1),
  plain('JSON string', (text) => Buffer.from(JSON.stringify(text.toString('utf8')).slice(1, -1)), 1),
  plain('reversed', (text) => ascii(Array.from(text.toString('latin1')).toReversed().join('')), 1),
  grouped('base64', (text) => ascii(text.toString('base64').replaceAll('=', '')), 3, 4),
  grouped('base64url', (text) => ascii(text.toString('base64url')), 3, 4),
  grouped('base32', base32, 5, 8),
  plain('hex', eachByte(hexOf), 2),
  plain(
    'hex in capitals',
    eachByte((byte) => hexOf(byte).toUpperCase()),
    2,
  ),
  plain(
    'hex with spaces',
    eachByte((byte) => `${hexOf(byte)} `),
    3,
  ),
  plain(
    'percent',
    eachByte((byte) => `%${hexOf(byte).toUpperCase()}`),
    3,
  ),
  plain(
    'percent in small letters',
    eachByte((byte) => `%${hexOf(byte)}`),
    3,
  ),
  plain(
    'percent twice',
    eachByte((byte) => `%25${hexOf(byte).toUpperCase()}`),
    5,
  ),
  plain(
    'JSON escapes',
    eachByte((byte) => `\\u00${hexOf(byte)}`),
    6,
  ),
  plain(
    'JSON escapes twice',
    eachByte((byte) => `\\\\u00${hexOf(byte)}`),
    7,
  ),
  plain(
    'HTML entities',
    eachByte((byte) => `&#x${hexOf(byte)};`),
    6,
  ),
  plain('UTF-16LE', (text) => Buffer.from(text.toString('utf8'), 'utf16le'), 2, false),
  plain('UTF-16BE', swapped, 2, false),
  // As `JSON.stringify(buffer)` has it; numbers of letters have two or three digits.
  plain(
    'a list of numbers',
    eachByte((byte) => `${byte},`),
    3,
  ),
];

/** Ways in which whole pieces are packed: found by unpacking what looks packed, since nothing inside can be searched for. */
export const packings = ['gzip', 'zlib', 'zstd', 'base64 within base64url'] as const;
export type Packing = (typeof packings)[number];
