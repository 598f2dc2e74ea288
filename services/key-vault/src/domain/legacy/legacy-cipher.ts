import { createDecipheriv, createHash, createSecretKey, pbkdf2Sync, scryptSync, type KeyObject } from 'node:crypto';
import type { LegacyFormat, LegacyKeyDerivation } from '@latchkey/contracts';
import { keyBytes } from '../encryption/aead.js';
import { VaultError } from '../vault-error.js';
import { readLegacyText, type LegacyReading } from './legacy-text.js';

export type OpenedLegacySecret = {
  /** The caller overwrites it after use. */
  readonly secret: Buffer;
  readonly format: LegacyFormat;
  readonly keyDerivation: LegacyKeyDerivation;
};

/** Reads what the older service encrypted; never writes in its format. */
export type LegacyCipher = {
  /** @throws {VaultError} `vault.import_format_unknown`, `vault.import_not_opened`; neither quotes anything */
  readonly open: (text: string, format?: LegacyFormat) => OpenedLegacySecret;
};

// The older service's ENCRYPTION_KEY was a text. Some took its 64 hex digits for the key, some put the text through one of these, with these
// very salts: pbkdf2 the service that the guide is of, the other two its neighbours.
const derivations: Readonly<Record<LegacyKeyDerivation, (text: Buffer) => Buffer>> = {
  hex: (text) => Buffer.from(text.toString('latin1'), 'hex'),
  pbkdf2: (text) => pbkdf2Sync(text, 'api-key-salt', 100_000, keyBytes, 'sha256'),
  sha256: (text) => createHash('sha256').update(text).digest(),
  scrypt: (text) => scryptSync(text, 'salt', keyBytes),
};

const keyOf = (bytes: Buffer): KeyObject => {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
};

/** The plaintext, if key and reading are right: with a whole tag, one that fits by chance is not to be expected. */
const decrypt = (key: KeyObject, { iv, tag, text }: LegacyReading): Buffer | undefined => {
  const plaintext = Buffer.alloc(text.length);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAuthTag(tag);
    const part = decipher.update(text);
    plaintext.set(part);
    part.fill(0);
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
};

/** @param text the older `ENCRYPTION_KEY`, 64 hex digits as ASCII; overwritten once the keys are derived */
export const createLegacyCipher = (text: Buffer): LegacyCipher => {
  const keys = Object.entries(derivations).map(
    ([derivation, derive]) => [derivation as LegacyKeyDerivation, keyOf(derive(text))] as const,
  );
  text.fill(0);
  return {
    open: (ciphertext, format) => {
      const readings = readLegacyText(ciphertext).filter((reading) => format === undefined || reading.format === format);
      if (readings.length === 0) throw new VaultError('vault.import_format_unknown');
      for (const reading of readings) {
        for (const [keyDerivation, key] of keys) {
          const secret = decrypt(key, reading);
          if (secret) return { secret, format: reading.format, keyDerivation };
        }
      }
      throw new VaultError('vault.import_not_opened');
    },
  };
};
