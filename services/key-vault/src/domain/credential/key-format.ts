import type { ExchangeName, KeyType } from '@latchkey/contracts';
import { VaultError } from '../vault-error.js';
import { looksLikePem } from './pem.js';
import { readPrivateKey } from './private-key.js';

// Binance: 64 letters and digits for both halves of an HMAC key. Bybit shows 18 and 36, and promises no length.
const lengths = {
  binance: { min: 64, max: 64 },
  bybit: { min: 16, max: 64 },
} as const satisfies Readonly<Record<ExchangeName, { readonly min: number; readonly max: number }>>;

// Exchange-facts 4.9: Bybit takes RSA keys and says nothing of Ed25519.
const keyTypesOf = {
  binance: ['hmac', 'ed25519', 'rsa'],
  bybit: ['hmac', 'rsa'],
} as const satisfies Readonly<Record<ExchangeName, readonly KeyType[]>>;

const isLetterOrDigit = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);

const fits = (exchange: ExchangeName, bytes: Uint8Array): boolean =>
  bytes.length >= lengths[exchange].min && bytes.length <= lengths[exchange].max && bytes.every(isLetterOrDigit);

/** @throws {VaultError} `vault.key_type_not_at_exchange` */
export const checkKeyType = (exchange: ExchangeName, keyType: KeyType): void => {
  const known: readonly KeyType[] = keyTypesOf[exchange];
  if (!known.includes(keyType)) throw new VaultError('vault.key_type_not_at_exchange', { exchange, keyType });
};

/** @throws {VaultError} `vault.api_key_format` */
export const checkApiKeyFormat = (exchange: ExchangeName, apiKey: Uint8Array): void => {
  if (!fits(exchange, apiKey)) throw new VaultError('vault.api_key_format', { exchange });
};

/** A secret in the form in which it is stored: as it was given out, or the private key in PKCS#8 (DER). The caller overwrites it. */
export type CheckedSecret = { readonly keyType: KeyType; readonly secret: Buffer };

/**
 * Refuses what cannot be a key pair of that exchange, and tells its type. Works on bytes: a regular expression would keep the secret
 * reachable.
 *
 * @param apiSecret the secret that the exchange gave out, or a private key in PEM
 * @throws {VaultError} `vault.key_equals_secret`, `vault.api_key_format`, `vault.api_secret_format`, `vault.private_key_*`,
 *   `vault.key_type_not_at_exchange`; none of them quotes either
 */
export const checkKeyFormat = (exchange: ExchangeName, apiKey: Uint8Array, apiSecret: Buffer): CheckedSecret => {
  if (Buffer.compare(apiKey, apiSecret) === 0) throw new VaultError('vault.key_equals_secret', { exchange });
  checkApiKeyFormat(exchange, apiKey);
  if (!looksLikePem(apiSecret)) {
    if (!fits(exchange, apiSecret)) throw new VaultError('vault.api_secret_format', { exchange });
    return { keyType: 'hmac', secret: apiSecret };
  }
  const reading = readPrivateKey(apiSecret);
  if (!reading.ok) throw new VaultError(reading.code, { exchange });
  try {
    checkKeyType(exchange, reading.keyType);
  } catch (error) {
    reading.pkcs8.fill(0);
    throw error;
  }
  return { keyType: reading.keyType, secret: reading.pkcs8 };
};

/** `9dUV...VKMh`: enough for its owner to tell it by. */
export const maskedKey = (apiKey: string): string => `${apiKey.slice(0, 4)}...${apiKey.slice(-4)}`;
