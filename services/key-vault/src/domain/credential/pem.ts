/** What the armour of a PEM says it holds: a private key that can be read here, or what users paste in its place. */
export type PemKind = 'pkcs8' | 'pkcs1' | 'encrypted' | 'other_private_key' | 'not_private';

const labels: readonly (readonly [string, PemKind])[] = [
  ['PRIVATE KEY', 'pkcs8'],
  ['RSA PRIVATE KEY', 'pkcs1'],
  ['ENCRYPTED PRIVATE KEY', 'encrypted'],
  ['EC PRIVATE KEY', 'other_private_key'],
  ['DSA PRIVATE KEY', 'other_private_key'],
  ['OPENSSH PRIVATE KEY', 'other_private_key'],
  ['PUBLIC KEY', 'not_private'],
  ['RSA PUBLIC KEY', 'not_private'],
  ['CERTIFICATE', 'not_private'],
];
const armours = labels.map(([label, kind]) => ({
  kind,
  begin: Buffer.from(`-----BEGIN ${label}-----`),
  end: Buffer.from(`-----END ${label}-----`),
}));
const marker = Buffer.from('-----BEGIN ');
/** The older way to protect a private key, inside of its armour. */
const encryptionHeader = Buffer.from('Proc-Type: 4,ENCRYPTED');

const isBlank = (byte = 0): boolean => byte === 32 || (byte >= 9 && byte <= 13);

const trimmed = (bytes: Buffer): Buffer => {
  let [start, end] = [0, bytes.length];
  while (start < end && isBlank(bytes[start])) start += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
};

const sextet = (byte: number): number => {
  if (byte >= 65 && byte <= 90) return byte - 65;
  if (byte >= 97 && byte <= 122) return byte - 71;
  if (byte >= 48 && byte <= 57) return byte + 4;
  if (byte === 43) return 62;
  return byte === 47 ? 63 : -1;
};

const padding = 61;

/** Base64 with its padding and blanks anywhere; `undefined` for anything else. Byte by byte: a text could not be overwritten. */
const decode = (body: Buffer): Buffer | undefined => {
  const decoded = Buffer.alloc(Math.ceil((body.length * 3) / 4));
  let [length, bits, held, digits, pads] = [0, 0, 0, 0, 0];
  for (const byte of body) {
    if (isBlank(byte)) continue;
    digits += 1;
    const value = sextet(byte);
    if (byte === padding) {
      pads += 1;
      continue;
    }
    if (value < 0 || pads > 0) {
      decoded.fill(0);
      return undefined;
    }
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      decoded[length] = (held >> bits) & 0xff;
      length += 1;
    }
  }
  if (digits > 0 && digits % 4 === 0 && pads <= 2 && (held & ((1 << bits) - 1)) === 0) return decoded.subarray(0, length);
  decoded.fill(0);
  return undefined;
};

/** Whether somebody meant a PEM, wherever in the text it begins. */
export const looksLikePem = (bytes: Buffer): boolean => bytes.includes(marker);

/**
 * Takes the armour off: one block and nothing but blanks around it. Works on bytes, quotes nothing.
 *
 * @returns `der` only for what can be a private key; the caller overwrites it. `undefined`: no PEM, a damaged one, or more than one
 */
export const readPem = (text: Buffer): { readonly kind: PemKind; readonly der?: Buffer } | undefined => {
  const block = trimmed(text);
  const armour = armours.find(({ begin }) => block.subarray(0, begin.length).equals(begin));
  if (!armour) return undefined;
  const { kind, begin, end } = armour;
  const body = block.subarray(begin.length, Math.max(begin.length, block.length - end.length));
  if (!block.subarray(begin.length + body.length).equals(end)) return undefined;
  if (kind !== 'pkcs8' && kind !== 'pkcs1') return { kind };
  if (body.includes(encryptionHeader)) return { kind: 'encrypted' };
  const der = decode(body);
  return der && { kind, der };
};
