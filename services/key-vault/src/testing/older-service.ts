import { createCipheriv, createHash, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import type { LegacyFormat, LegacyKeyDerivation } from '@latchkey/contracts';

/** The `ENCRYPTION_KEY` of a service that we take users over from, as its `.env` had it. */
export const olderKey = '5f3c9a1d7e2b4860c4d2f1a09b8e7d6c5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d';

const keys: Readonly<Record<LegacyKeyDerivation, () => Buffer>> = {
  hex: () => Buffer.from(olderKey, 'hex'),
  pbkdf2: () => pbkdf2Sync(olderKey, 'api-key-salt', 100_000, 32, 'sha256'),
  sha256: () => createHash('sha256').update(olderKey).digest(),
  scrypt: () => scryptSync(olderKey, 'salt', 32),
};
const made = new Map<LegacyKeyDerivation, Buffer>();
const keyOf = (derivation: LegacyKeyDerivation): Buffer => {
  const key = made.get(derivation) ?? keys[derivation]();
  made.set(derivation, key);
  return key;
};

export type OlderSpelling = {
  readonly format?: LegacyFormat;
  readonly encoding?: 'hex' | 'base64';
  readonly ivBytes?: number;
  readonly keyDerivation?: LegacyKeyDerivation;
  /** What some wrote, though nobody should: a tag that was cut. */
  readonly tagBytes?: number;
};

/**
 * Encrypts as services of that generation did, in the way of their own code and not of ours: text in, text out, Node's own concatenation.
 * Unless told otherwise it is the service that the guide is of (`iv:encrypted:authTag` in hex, a 16-byte IV, a key by PBKDF2).
 */
export const olderEncrypt = (
  secret: string,
  { format = 'iv:text:tag', encoding = 'hex', ivBytes = 16, keyDerivation = 'pbkdf2', tagBytes = 16 }: OlderSpelling = {},
): string => {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', keyOf(keyDerivation), iv);
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  const tag = cipher.getAuthTag().subarray(0, tagBytes);
  const as = (bytes: Buffer): string => bytes.toString(encoding);
  switch (format) {
    case 'iv:tag:text':
      return [iv, tag, text].map(as).join(':');
    case 'iv:text:tag':
      return [iv, text, tag].map(as).join(':');
    case 'iv+tag+text':
      return as(Buffer.concat([iv, tag, text]));
    case 'iv+text+tag':
      return as(Buffer.concat([iv, text, tag]));
    case 'json':
      return JSON.stringify({ iv: as(iv), content: as(text), authTag: as(tag) });
  }
};

export const olderFormats = [
  'iv:tag:text',
  'iv:text:tag',
  'iv+tag+text',
  'iv+text+tag',
  'json',
] as const satisfies readonly LegacyFormat[];
const olderDerivations = ['hex', 'pbkdf2', 'sha256', 'scrypt'] as const satisfies readonly LegacyKeyDerivation[];

/** Every way of writing one secret that is taken. */
export const olderSpellings: readonly Required<Omit<OlderSpelling, 'tagBytes'>>[] = olderFormats.flatMap((format) =>
  (['hex', 'base64'] as const).flatMap((encoding) =>
    [12, 16].flatMap((ivBytes) => olderDerivations.map((keyDerivation) => ({ format, encoding, ivBytes, keyDerivation }))),
  ),
);
