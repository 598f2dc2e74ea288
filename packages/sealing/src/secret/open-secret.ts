import { systemClock, type Clock } from '@latchkey/kernel';
import { SealingError } from '../errors.js';
import { headerOf, malformed, partsOf } from '../jose/compact.js';
import { decryptWith } from '../jose/ecdh-es.js';
import { freshMs } from '../jose/freshness.js';
import { maxSecretBytes, secretType, type SecretHeader } from './seal-secret.js';

export type OpenSecretOptions = {
  /** The private half of a sealing key in force, as `importSealingKey` gives it; `undefined`: no such key. */
  readonly privateKeyOf: (kid: string) => Promise<CryptoKey | undefined> | CryptoKey | undefined;
  /** Milliseconds since `iat`. */
  readonly maxAgeMs: number;
  readonly clock?: Clock;
};

export type OpenedSecret = {
  /** `iat` in milliseconds since the epoch. Refuse a `jti` that was seen before. */
  readonly header: SecretHeader & { readonly iat: number; readonly jti: string; readonly kid: string };
  /** Outside Node's buffer pool; overwrite it after use. */
  readonly secret: Buffer;
};

const headerNames = ['kid', 'typ', 'sub', 'exchange', 'environment', 'apiKey', 'iat', 'jti', 'alg', 'enc', 'epk'] as const;
// Ciphertext in base64 and a header of at most a few hundred characters.
const maxLength = Math.ceil((maxSecretBytes * 4) / 3) + 4_096;

// Both end in a database look-up, which not every text that JSON can say survives; a jti must also be one that nobody else chose.
const idSyntax = /^[A-Za-z0-9._:~-]{1,64}$/;
const minJtiLength = 16;

const id = (header: Readonly<Record<string, unknown>>, name: 'kid' | 'jti', minLength = 1): string => {
  const value = header[name];
  if (typeof value !== 'string' || value.length < minLength || !idSyntax.test(value))
    throw malformed(`its header has no usable ${name}`);
  return value;
};

const text = (header: Readonly<Record<string, unknown>>, name: (typeof headerNames)[number]): string => {
  const value = header[name];
  if (typeof value !== 'string' || value.length === 0 || value.length > 1_024)
    throw malformed(`its header has no usable ${name}`);
  return value;
};

/**
 * Opens a secret that was sealed to the vault. The header is authenticated, not yet believed: compare it with the command that brought it.
 *
 * @throws {SealingError} `sealing.malformed`, `sealing.unknown_key` (fetch the sealing key again), `sealing.stale`, `sealing.cannot_open`
 */
export const openSecret = async (jwe: string, options: OpenSecretOptions): Promise<OpenedSecret> => {
  const { privateKeyOf, maxAgeMs, clock = systemClock } = options;
  const header = headerOf(partsOf(jwe, 5, maxLength)[0], headerNames);
  if (header['typ'] !== secretType)
    throw new SealingError('sealing.wrong_type', 'it is no sealed secret', { expected: secretType });
  const kid = id(header, 'kid');
  const jti = id(header, 'jti', minJtiLength);
  // All of it before anything is decrypted: what fails later would leave the secret behind.
  const names = { sub: text(header, 'sub'), exchange: text(header, 'exchange'), environment: text(header, 'environment') };
  const apiKey = text(header, 'apiKey');
  const privateKey = await privateKeyOf(kid);
  if (!privateKey) {
    throw new SealingError(
      'sealing.unknown_key',
      'it is sealed to a key that is no longer in use; fetch the sealing key again and seal anew',
    );
  }
  const iat = freshMs(header['iat'], clock.now(), maxAgeMs);
  const plaintext = await decryptWith(privateKey, jwe, maxLength);
  return {
    header: { ...names, apiKey, iat, jti, kid },
    secret: Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength),
  };
};
