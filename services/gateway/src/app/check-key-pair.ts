import { vaultErrors, type ExchangeName, type VaultErrorCode } from '@latchkey/contracts';
import { refusal, VerdictError } from './errors.js';

// The vault checks both halves. This is about the half that travels readable, in the header of the sealed secret.
const lengths = {
  binance: { min: 64, max: 64 },
  bybit: { min: 16, max: 64 },
} as const satisfies Readonly<Record<ExchangeName, { readonly min: number; readonly max: number }>>;

// As Bybit shows them; it promises neither, so nothing else is concluded from them.
const bybitShows = { apiKey: 18, apiSecret: 36 } as const;

const isLetterOrDigit = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

// Code by code, since it may be a secret in the wrong field: a regular expression would keep it reachable.
const mayBeKey = (exchange: ExchangeName, text: string): boolean => {
  if (text.length < lengths[exchange].min || text.length > lengths[exchange].max) return false;
  for (let i = 0; i < text.length; i += 1) if (!isLetterOrDigit(text.charCodeAt(i))) return false;
  return true;
};

/** How long a sealed secret is: its content is encrypted byte by byte, in the fourth part of the envelope. */
const sealedBytes = (jwe: string): number => Math.floor(((jwe.split('.')[3]?.length ?? 0) * 3) / 4);

const vaultSays = (code: VaultErrorCode): VerdictError => new VerdictError(code, vaultErrors[code].remedy);

/**
 * Refuses what has not the form of an API key of that exchange, before it leaves this process.
 *
 * @throws {VerdictError} `vault.api_key_format`
 */
export const checkApiKey = (exchange: ExchangeName, apiKey: string): void => {
  if (!mayBeKey(exchange, apiKey)) throw vaultSays('vault.api_key_format');
};

type Pair = { readonly exchange: ExchangeName; readonly apiKey: string } & (
  | { readonly apiSecret: Uint8Array; readonly sealedSecret?: undefined }
  | { readonly sealedSecret: string; readonly apiSecret?: undefined }
);

/**
 * Refuses what shows that a secret was pasted where the API key belongs, before any of it leaves this process: a PEM file, the same text
 * twice, Bybit's two halves the wrong way round. (Binance's look alike: swapped, they cannot be told apart before Binance is asked.)
 *
 * @throws {VerdictError} `vault.api_key_format`, `vault.key_equals_secret`
 * @throws {GatewayError} `key.swapped`
 */
export const checkKeyPair = ({ exchange, apiKey, apiSecret, sealedSecret }: Pair): void => {
  checkApiKey(exchange, apiKey);
  if (apiSecret && Buffer.from(apiKey, 'utf8').equals(apiSecret)) throw vaultSays('vault.key_equals_secret');
  const secretBytes = apiSecret ? apiSecret.length : sealedBytes(sealedSecret);
  if (exchange === 'bybit' && apiKey.length === bybitShows.apiSecret && secretBytes === bybitShows.apiKey)
    throw refusal('key.swapped');
};
