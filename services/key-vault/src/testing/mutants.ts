import type { StoredCredential, StoredSecret } from '../app/ports.js';

type Field = 'apiKey' | 'apiSecret';
export const fields = ['apiKey', 'apiSecret'] as const satisfies readonly Field[];

/** A named way to alter a row. */
export type Mutant = { readonly what: string; readonly alter: (row: StoredCredential) => StoredCredential };

const withSecret = (row: StoredCredential, more: Partial<StoredSecret>): StoredCredential => ({
  ...row,
  secret: { ...row.secret!, ...more },
});

/** Alters the text of one envelope. */
export const altering = (what: string, field: Field, change: (text: string) => string): Mutant => ({
  what,
  alter: (row) => withSecret(row, { [field]: change(row.secret![field]) }),
});

const parts = { wrappedKey: 2, contents: 3 } as const;
type Part = keyof typeof parts;

/** Alters the bytes of one part of an envelope: IV, ciphertext and tag in one piece. */
export const changingBytes =
  (part: Part, change: (bytes: Buffer) => Buffer) =>
  (text: string): string => {
    const pieces = text.split('.');
    pieces[parts[part]] = change(Buffer.from(pieces[parts[part]]!, 'base64url')).toString('base64url');
    return pieces.join('.');
  };

const flip =
  (bit: number) =>
  (bytes: Buffer): Buffer => {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7));
    return flipped;
  };

const regionOf = (byte: number, length: number): string => {
  if (byte < 12) return 'IV';
  return byte < length - 16 ? 'ciphertext' : 'tag';
};

const bytesOf = (row: StoredCredential, field: Field, part: Part): number =>
  Buffer.from(row.secret![field].split('.')[parts[part]]!, 'base64url').length;

/** Every bit of IV, ciphertext and tag of one part of an envelope. */
export const everyBit = (like: StoredCredential, field: Field, part: Part): readonly Mutant[] => {
  const length = bytesOf(like, field, part);
  return Array.from({ length: length * 8 }, (_, bit) =>
    altering(`bits of ${part}, ${regionOf(bit >> 3, length)}`, field, changingBytes(part, flip(bit))),
  );
};

/** Every bit of the texts for format and key id. */
export const everyLabelBit: readonly Mutant[] = fields.flatMap((field) =>
  Array.from({ length: 20 * 7 }, (_, bit) =>
    altering('bits of format and key id', field, (text) => {
      const at = Math.floor(bit / 7);
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit % 7))) + text.slice(at + 1);
    }),
  ),
);

/** Every bit of the version columns, each alone and both saved versions alike. */
export const everyVersionBit: readonly Mutant[] = Array.from({ length: 32 }, (_, bit) => bit).flatMap((bit) => {
  const turned = (version: number): number => version ^ (1 << bit);
  return [
    {
      what: 'bits of credential_secrets.saved_version',
      alter: (row) => withSecret(row, { savedVersion: turned(row.secret!.savedVersion) }),
    },
    { what: 'bits of credentials.saved_version', alter: (row) => ({ ...row, savedVersion: turned(row.savedVersion) }) },
    {
      what: 'bits of both saved versions',
      alter: (row) => ({
        ...withSecret(row, { savedVersion: turned(row.secret!.savedVersion) }),
        savedVersion: turned(row.savedVersion),
      }),
    },
    {
      what: 'bits of every version that a superuser can reach but the events',
      alter: (row) => ({
        ...withSecret(row, { savedVersion: turned(row.secret!.savedVersion) }),
        savedVersion: turned(row.savedVersion),
        streamVersion: turned(row.streamVersion),
        headVersion: turned(row.headVersion),
      }),
    },
    // One that is lower makes the row be written anew from the events: here it stays as it is, and must be refused all the same.
    { what: 'bits of credentials.stream_version', alter: (row) => ({ ...row, streamVersion: turned(row.streamVersion) }) },
  ] satisfies readonly Mutant[];
});

/** Tags, IVs and envelopes that are too short, too long, or missing. */
export const everyLength: readonly Mutant[] = fields.flatMap((field) =>
  (['contents', 'wrappedKey'] as const).flatMap((part) => [
    ...Array.from({ length: 16 }, (_, bytes) =>
      altering(
        'tags of 0 to 15 bytes',
        field,
        changingBytes(part, (sealed) => sealed.subarray(0, sealed.length - 16 + bytes)),
      ),
    ),
    altering(
      'no tag, but as long as one',
      field,
      changingBytes(part, (sealed) => Buffer.concat([sealed.subarray(0, -16), Buffer.alloc(16)])),
    ),
    altering(
      'no IV',
      field,
      changingBytes(part, (sealed) => sealed.subarray(12)),
    ),
    altering(
      'an IV of zeros',
      field,
      changingBytes(part, (sealed) => Buffer.concat([Buffer.alloc(12), sealed.subarray(12)])),
    ),
    altering(
      'IV and tag alone',
      field,
      changingBytes(part, (sealed) => Buffer.concat([sealed.subarray(0, 12), sealed.subarray(-16)])),
    ),
    altering(
      'nothing',
      field,
      changingBytes(part, () => Buffer.alloc(0)),
    ),
    ...[1, 8, 16, 64].map((bytes) =>
      altering(
        'longer than it was',
        field,
        changingBytes(part, (sealed) => Buffer.concat([sealed, Buffer.alloc(bytes)])),
      ),
    ),
    altering(
      'longer at the front',
      field,
      changingBytes(part, (sealed) => Buffer.concat([Buffer.alloc(1), sealed])),
    ),
    altering(
      'reversed',
      field,
      changingBytes(part, (sealed) => Buffer.from(sealed).reverse()),
    ),
  ]),
);

const lastCharacter = (text: string, by: number): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) ^ by]!;
};
const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));

/** Other texts for the same bytes, and texts that a lenient decoder would read. */
export const everySpelling: readonly Mutant[] = fields.flatMap((field) => {
  const spell = (change: (text: string) => string): Mutant => altering('base64 variants', field, change);
  return [
    spell((text) => `${text}=`),
    spell((text) => `${text}==`),
    spell((text) => `${text}\n`),
    spell((text) => ` ${text}`),
    spell((text) => `${text}\u0000`),
    spell((text) => text.replace('.', '..')),
    spell((text) => `${text}.`),
    spell((text) => text.split('.').slice(0, 3).join('.')),
    spell((text) => text.replaceAll('.', ',')),
    spell(swapCase),
    spell((text) => text.toUpperCase()),
    spell((text) => lastCharacter(text, 1)),
    spell((text) => lastCharacter(text, 2)),
    spell((text) => lastCharacter(text, 3)),
    spell((text) => `${text.slice(0, -4)}${text.slice(-4).replace(/./, '%')}`),
    spell((text) => text.replace(/^(.{60})/, '$1 ')),
    spell((text) => text.replace(/^(.{60})/, '$1+')),
    spell((text) => Buffer.from(text).toString('base64url')),
    spell((text) => text.normalize('NFKD') + '\u200b'),
    spell(() => ''),
    spell(() => 'lk1...'),
    spell((text) => Buffer.from(text).reverse().toString()),
  ];
});

const otherKeyId = '99c4d1f43a1fbf1b';

/** The id of another key, at hand or not. @param atHand a second key of the same ring */
export const otherKeys = (atHand: string): readonly Mutant[] =>
  fields.flatMap((field) =>
    [atHand, otherKeyId, '', '__proto__', 'constructor', '0'.repeat(16)].map((keyId) =>
      altering('key ids exchanged', field, (text) => text.replace(/^lk1\.[^.]*/, `lk1.${keyId}`)),
    ),
  );
