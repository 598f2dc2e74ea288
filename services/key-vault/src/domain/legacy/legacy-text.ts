import type { LegacyFormat } from '@latchkey/contracts';

/** One way to read a text: what would be IV, tag and ciphertext. Whether it is right, the tag says. */
export type LegacyReading = {
  readonly format: LegacyFormat;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly text: Buffer;
};

/** Always demanded in full: a short tag is guessed by trying, and what the older service ran on took them (Node 20 four bytes, unless told its length). */
const tagBytes = 16;
const ivLengths: readonly number[] = [12, 16];

const fromHex = (text: string): Buffer | undefined =>
  text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;

// Of either alphabet, padded or not; Node would skip what it does not know.
const fromBase64 = (text: string): Buffer | undefined => {
  if (!/^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64url') === text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') ? bytes : undefined;
};

const decoders = [fromHex, fromBase64];

const fits = ({ iv, tag, text }: Omit<LegacyReading, 'format'>): boolean =>
  ivLengths.includes(iv.length) && tag.length === tagBytes && text.length > 0;

/** All parts in one encoding: a service has one. */
const readParts = (
  format: LegacyFormat,
  parts: { readonly iv: string; readonly tag: string; readonly text: string },
): readonly LegacyReading[] =>
  decoders.flatMap((decode) => {
    const [iv, tag, text] = [decode(parts.iv), decode(parts.tag), decode(parts.text)];
    const reading = iv && tag && text ? { format, iv, tag, text } : undefined;
    return reading && fits(reading) ? [reading] : [];
  });

const readDivided = (text: string): readonly LegacyReading[] => {
  const [iv, second, third, ...more] = text.split(/[:.]/);
  if (iv === undefined || second === undefined || third === undefined || more.length > 0) return [];
  return [
    ...readParts('iv:tag:text', { iv, tag: second, text: third }),
    ...readParts('iv:text:tag', { iv, text: second, tag: third }),
  ];
};

const readJoined = (text: string): readonly LegacyReading[] =>
  decoders.flatMap((decode) => {
    const bytes = decode(text);
    if (!bytes) return [];
    return ivLengths.flatMap((ivLength) => {
      const [iv, rest] = [bytes.subarray(0, ivLength), bytes.subarray(ivLength)];
      const readings: readonly LegacyReading[] = [
        { format: 'iv+tag+text', iv, tag: rest.subarray(0, tagBytes), text: rest.subarray(tagBytes) },
        { format: 'iv+text+tag', iv, text: rest.subarray(0, -tagBytes), tag: rest.subarray(-tagBytes) },
      ];
      return readings.filter(fits);
    });
  });

const names = {
  iv: ['iv', 'nonce'],
  tag: ['authTag', 'auth_tag', 'tag'],
  text: ['content', 'encrypted', 'encryptedData', 'encrypted_data', 'encryptedText', 'ciphertext', 'cipherText', 'data', 'ct'],
} as const;

const objectOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
};

const readJson = (text: string): readonly LegacyReading[] => {
  const fields = objectOf(text) ?? {};
  const named = (known: readonly string[]): string => {
    const value = known.map((name) => fields[name]).find((field) => typeof field === 'string');
    return typeof value === 'string' ? value : '';
  };
  return readParts('json', { iv: named(names.iv), tag: named(names.tag), text: named(names.text) });
};

/** Every way in which a text of the older table may be meant: none for what is of no known format, has a short tag or no ciphertext. */
export const readLegacyText = (raw: string): readonly LegacyReading[] => {
  const text = raw.trim();
  if (text.startsWith('{')) return readJson(text);
  if (text.startsWith('\\x')) return readJoined(text.slice(2)); // bytea, as psql writes it
  return [...readDivided(text), ...readJoined(text)];
};
