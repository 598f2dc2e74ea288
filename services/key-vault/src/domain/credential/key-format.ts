import type { ExchangeName } from '@latchkey/contracts';
import { VaultError } from '../vault-error.js';

// Binance: 64 letters and digits for both halves of an HMAC key. Bybit shows 18 and 36, and promises no length.
const lengths = {
  binance: { min: 64, max: 64 },
  bybit: { min: 16, max: 64 },
} as const satisfies Readonly<Record<ExchangeName, { readonly min: number; readonly max: number }>>;

const isLetterOrDigit = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);

const fits = (exchange: ExchangeName, bytes: Uint8Array): boolean =>
  bytes.length >= lengths[exchange].min && bytes.length <= lengths[exchange].max && bytes.every(isLetterOrDigit);

/**
 * Refuses what cannot be a key pair of that exchange. Works on bytes: a regular expression would keep the secret reachable.
 *
 * @throws {VaultError} `vault.key_equals_secret`, `vault.api_key_format`, `vault.api_secret_format`; none of them quotes either
 */
export const checkKeyFormat = (exchange: ExchangeName, apiKey: Uint8Array, apiSecret: Uint8Array): void => {
  if (Buffer.compare(apiKey, apiSecret) === 0) throw new VaultError('vault.key_equals_secret', { exchange });
  if (!fits(exchange, apiKey)) throw new VaultError('vault.api_key_format', { exchange });
  if (!fits(exchange, apiSecret)) throw new VaultError('vault.api_secret_format', { exchange });
};

/** `9dUV...VKMh`: enough for its owner to tell it by. */
export const maskedKey = (apiKey: string): string => `${apiKey.slice(0, 4)}...${apiKey.slice(-4)}`;
